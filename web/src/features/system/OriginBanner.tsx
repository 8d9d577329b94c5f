import { Alert, Anchor } from '@mantine/core'

/** The server takes live connections from one address only: say so on any other. */
export function OriginBanner() {
  const origin = document.querySelector('meta[name=wiredesk-origin]')?.getAttribute('content') ?? ''
  if (!origin.startsWith('http') || origin === location.origin) return null
  const here = origin + location.pathname + location.search
  return (
    <Alert variant="outline" color="yellow" role="status" mb="lg" p="sm">
      This desk is live at <Anchor href={here}>{origin}</Anchor> only. Here nothing updates by itself.
    </Alert>
  )
}
