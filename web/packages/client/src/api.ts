import createClient, { type Client } from 'openapi-fetch'
import type { Branded } from './ids.ts'
import { ApiError } from './problem.ts'
import type { paths } from './schema.gen.ts'
import type { Session } from './session.ts'

/** The calls of openapi.yaml with the types of their parameters and answers. */
export type Api = Client<paths>

/** A typed client of the session's server, which sends the session's token. unwrap reads the outcome. */
export function createApi(session: Session): Api {
  return createClient<paths>({ baseUrl: session.baseUrl, credentials: session.credentials, fetch: session.fetch })
}

type Outcome<Data> = { data?: Data; error?: unknown; response: Response }

/** The answer's body. Throws ApiError when the server refuses, a TypeError when it cannot be reached. */
export async function unwrap<Data>(call: Promise<Outcome<Data>>): Promise<Branded<Data>> {
  const { data, error, response } = await call
  if (!response.ok) throw new ApiError(response, error)
  return data as Branded<Data>
}
