import createClient from 'openapi-fetch'
import { apiBase } from './base'
import type { Branded } from './ids'
import { ApiError } from './problem'
import type { paths } from './schema.gen'
import { session } from './session'

/** A typed client of openapi.yaml that sends the token of the session. unwrap reads the outcome. */
export const api = createClient<paths>({ baseUrl: apiBase, credentials: 'include', fetch: authorised })

/** Sends with the current token; after a 401 it renews the token and sends once more. */
async function authorised(request: Request): Promise<Response> {
  const used = session.token()
  if (used === null) return fetch(request)
  const again = request.clone()
  const response = await fetch(withToken(request, used))
  if (response.status !== 401 || !(await session.refresh(used))) return response
  return fetch(withToken(again, session.token() ?? ''))
}

function withToken(request: Request, token: string): Request {
  request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

type Outcome<Data> = { data?: Data; error?: unknown; response: Response }

/** The answer's body. Throws ApiError when the server refuses, a TypeError when it cannot be reached. */
export async function unwrap<Data>(call: Promise<Outcome<Data>>): Promise<Branded<Data>> {
  const { data, error, response } = await call
  if (!response.ok) throw new ApiError(response, error)
  return data as Branded<Data>
}
