import { Badge } from '@mantine/core'
import type { LiveState, TransportKind } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

const color: Record<LiveState, string> = {
  connecting: 'gray',
  'catching-up': 'yellow',
  live: 'teal',
  offline: 'red',
  'signed-out': 'red',
}

/** The state of the live connection. On every page. */
export function ConnectionBadge() {
  const { state, since, transport } = useLive()
  return (
    <Badge variant="dot" size="lg" color={color[state]} role="status" fw={500} style={{ flexShrink: 0 }} data-connection={state}>
      {label(state, since, transport)}
    </Badge>
  )
}

function label(state: LiveState, since: Date, transport: TransportKind): string {
  switch (state) {
    case 'connecting':
      return 'Connecting…'
    case 'catching-up':
      return 'Syncing…'
    case 'live':
      return transport === 'stream' ? 'Live (fallback)' : 'Live'
    case 'offline':
      return `Offline since ${clock.format(since)}`
    case 'signed-out':
      return 'Signed out'
  }
}
