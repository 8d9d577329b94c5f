import { Alert } from '@mantine/core'
import type { LiveStatus } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'
import { useState } from 'react'

/** Shows on every page that live updates are limited, because something on the way to the server blocks WebSockets. */
export function ConnectionBanner() {
  const message = describeLimit(useLive())
  const [closed, setClosed] = useState<string | null>(null)
  if (message === null || message === closed) return null
  return (
    <Alert
      variant="outline"
      color="yellow"
      role="status"
      mb="lg"
      p="sm"
      withCloseButton={message === onFallback}
      closeButtonLabel="Close"
      onClose={() => setClosed(message)}
    >
      {message}
    </Alert>
  )
}

const onFallback =
  'Live updates use a fallback connection, because WebSockets are blocked between this browser and the server. Other users can’t see which post you have open.'
const onHold =
  'Live updates are delayed, because a proxy between this browser and the server blocks WebSockets and buffers the fallback connection. You can still save. Reload the page to see changes by others.'

/** The limit to show; null without one. */
export function describeLimit({ state, transport, isDelayed }: Pick<LiveStatus, 'state' | 'transport' | 'isDelayed'>): string | null {
  if (isDelayed) return onHold
  const isConnected = state === 'live' || state === 'catching-up'
  return transport === 'stream' && isConnected ? onFallback : null
}
