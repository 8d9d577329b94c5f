import type { Problem } from './types.ts'

/** The error of a refused request, with the server's problem document. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly problem: Problem
  /** Seconds after which the server asks to try again (429, 503); null when it names no time. */
  readonly retryAfter: number | null

  constructor(response: Response, body: unknown) {
    const problem = toProblem(response.status, body)
    super(problem.detail || problem.title)
    this.status = response.status
    this.problem = problem
    const wait = Number(response.headers.get('Retry-After') ?? NaN)
    this.retryAfter = Number.isFinite(wait) ? wait : null
  }
}

function toProblem(status: number, body: unknown): Problem {
  if (typeof body === 'object' && body !== null && 'title' in body) return body as Problem
  return { type: 'about:blank', title: `The server answered ${status}`, status, detail: '', requestId: '' } as Problem
}
