import { useNow } from './useNow'

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** The age in seconds from which the date is shown: "3 weeks ago" names no day. */
const datedFrom = 7 * 86_400

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/** "3 minutes ago" for a time within the week before `now` (ms), "12 Mar 2019" for an earlier one. */
export function ago(at: string, now: number): string {
  const seconds = Math.round((now - Date.parse(at)) / 1000)
  if (seconds >= datedFrom) return date.format(new Date(at))
  const unit = units.find(([, size]) => seconds >= size)
  return unit === undefined ? 'just now' : relative.format(-Math.floor(seconds / unit[1]), unit[0])
}

/** "12 Mar 2019, 14:03" */
export const exactTime = (at: string): string => absolute.format(new Date(at))

/** A time in relation to the present, kept up to date; its title is exact. */
export function Ago({ at }: { at: string }) {
  const now = useNow()
  return (
    <time dateTime={at} title={exactTime(at)}>
      {ago(at, Math.max(now, Date.parse(at)))}
    </time>
  )
}
