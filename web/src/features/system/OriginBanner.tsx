import { Alert, Anchor } from '@mantine/core'

/** The server accepts WebSockets from the origins of FRONTEND_URL only. On any other, this shows a link to the first. */
export function OriginBanner() {
  const origins = (document.querySelector('meta[name=wiredesk-origin]')?.getAttribute('content') ?? '').split(' ')
  const origin = origins[0] ?? ''
  if (!origin.startsWith('http') || origins.includes(location.origin)) return null
  const here = origin + location.pathname + location.search
  return (
    <Alert variant="outline" color="yellow" role="status" mb="lg" p="sm">
      Open Wiredesk at <Anchor href={here}>{origin}</Anchor> for all live updates. At this address they are limited.
    </Alert>
  )
}
