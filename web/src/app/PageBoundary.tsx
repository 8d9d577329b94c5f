import { Alert, Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useLocation } from 'react-router'
import { useLive } from '@wiredesk/react'
import { ErrorBoundary } from '../ui/ErrorBoundary'
import { resetFailedPages } from './lazyPage'
import { isOtherBuild } from './staleBuild'

/** An error boundary around one page: the navigation stays usable, and another page opens as usual. */
export function PageBoundary({ children }: { children: ReactNode }) {
  const { pathname } = useLocation()
  return (
    <ErrorBoundary resetKey={pathname} onReset={resetFailedPages} fallback={(retry) => <PageFailure onRetry={retry} />}>
      {children}
    </ErrorBoundary>
  )
}

/** Offers a retry, or a reload when the server was upgraded. Retries by itself when the network or the server is back. */
function PageFailure({ onRetry }: { onRetry: () => void }) {
  const isLive = useLive().state === 'live'
  const wasLive = useRef(isLive)
  useEffect(() => {
    if (isLive && !wasLive.current) onRetry()
    wasLive.current = isLive
  }, [isLive, onRetry])
  const [isStale, setIsStale] = useState(false)
  useEffect(() => {
    let unmounted = false
    void isOtherBuild().then((isOther) => !unmounted && setIsStale(isOther))
    window.addEventListener('online', onRetry)
    return () => {
      unmounted = true
      window.removeEventListener('online', onRetry)
    }
  }, [onRetry])
  return (
    <Alert variant="outline" color="red" icon={<IconAlertTriangle aria-hidden />} role="alert">
      <Group justify="space-between" gap="sm">
        <Text size="sm">
          {isStale ? 'Wiredesk was updated. Reload to continue.' : 'Something went wrong on this page.'}
        </Text>
        <Group gap="xs">
          {!isStale && (
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
          )}
          <Button size="xs" variant="default" onClick={() => location.reload()}>
            Reload
          </Button>
        </Group>
      </Group>
    </Alert>
  )
}
