import { Alert, Anchor } from '@mantine/core'

/** The server accepts live connections from one origin only. On any other, this shows a link to it. */
export function OriginBanner() {
  const origin = document.querySelector('meta[name=wiredesk-origin]')?.getAttribute('content') ?? ''
  if (!origin.startsWith('http') || origin === location.origin) return null
  const here = origin + location.pathname + location.search
  return (
    <Alert variant="outline" color="yellow" role="status" mb="lg" p="sm">
      Open Wiredesk at <Anchor href={here}>{origin}</Anchor> for live updates. This address doesn’t get them.
    </Alert>
  )
}
