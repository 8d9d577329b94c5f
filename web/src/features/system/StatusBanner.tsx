import { Alert } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ApiError } from '../../api/problem'
import type { Status } from '../../api/types'
import { statusQuery } from './status'

const lateAfterSeconds = 2

/** Says on every page when something is late: nothing can be saved, or Kafka does not take the events. */
export function StatusBanner() {
  const { data, error } = useQuery(statusQuery())
  const down = error instanceof ApiError && error.status >= 500
  const message = down ? notSaving : data && trouble(data)
  if (!message) return null
  return (
    <Alert variant="outline" color={message === notSaving ? 'red' : 'yellow'} role="status" mb="lg" p="sm">
      {message}
    </Alert>
  )
}

const notSaving = 'Not saving: the database does not answer. What you type stays here; save again in a moment.'

/** What the status means for the people at the desk; null when all is well. */
export function trouble({ database, relay, kafka }: Status): string | null {
  if (!database.healthy) return notSaving
  const late = relay.waiting > 0 && (relay.oldestSeconds >= lateAfterSeconds || !kafka.healthy)
  if (!late) return null
  const events = relay.waiting === 1 ? '1 event is' : `${relay.waiting} events are`
  return `${events} waiting for Kafka. Your work is saved, and the screens here still follow.`
}
