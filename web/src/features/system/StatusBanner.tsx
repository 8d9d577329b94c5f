import { Alert } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ApiError, type Status } from '@wiredesk/client'
import { useSession } from '../login/useSession'
import { statusQuery } from './status'

const lateAfterSeconds = 2

/** Shows on every page that saving fails or, to administrators, that events wait for Kafka. */
export function StatusBanner() {
  const { can } = useSession()
  const { data, error } = useQuery(statusQuery())
  const isDown = error instanceof ApiError && error.status >= 500
  const message = isDown ? notSaving : data && describeStatus(data, can('manageUsers'))
  if (!message) return null
  return (
    <Alert variant="outline" color={message === notSaving ? 'red' : 'yellow'} role="status" mb="lg" p="sm">
      {message}
    </Alert>
  )
}

const notSaving = 'Can’t save right now (database unavailable). Keep this tab open and try again in a moment.'

/** The problem to show; null without one. Delayed events are shown to administrators only: no work is lost. */
export function describeStatus({ database, relay, kafka }: Status, isAdmin: boolean): string | null {
  if (!database.healthy) return notSaving
  const isLate = relay.waiting > 0 && (relay.oldestSeconds >= lateAfterSeconds || !kafka.healthy)
  if (!isLate || !isAdmin) return null
  const events = relay.waiting === 1 ? '1 event is' : `${relay.waiting} events are`
  return `${events} waiting to be sent to Kafka. Your work is saved and live updates still work.`
}
