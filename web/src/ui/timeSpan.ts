const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' })
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })

/** "14:02–14:09", with the day if it is not today; one time if both are of the same minute. */
export function timeSpan(from: string, to: string, now = Date.now()): string {
  const [start, end] = [new Date(from), new Date(to)]
  const date = day.format(start) === day.format(new Date(now)) ? '' : `${day.format(start)}, `
  const [first, last] = [clock.format(start), clock.format(end)]
  return date + (first === last ? first : `${first}–${last}`)
}
