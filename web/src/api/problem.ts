import { ApiError } from '@wiredesk/client'

/** The message for any failure of a call. Of refused fields it gives the reasons. */
export function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Can’t reach the server. Check your connection and try again.'
  const reasons = error.problem.errors?.map(({ message }) => sentence(message)) ?? []
  return reasons.length > 0 ? reasons.join(' ') : error.message
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(start) ? start : `${start}.`
}

/** The refused fields, as @mantine/form's setErrors wants them. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {}
  return Object.fromEntries((error.problem.errors ?? []).map(({ field, message }) => [field, message]))
}

/** explain(error) for the form as a whole; null without an error, or when the fields show it. */
export function formError(error: unknown): string | null {
  return error === null || Object.keys(fieldErrors(error)).length > 0 ? null : explain(error)
}
