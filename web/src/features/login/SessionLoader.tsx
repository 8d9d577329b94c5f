import { Center, Stack } from '@mantine/core'
import { useEffect, useState } from 'react'
import { session } from '../../api/session'
import { ErrorNote } from '../../ui/ErrorNote'
import { Pending } from '../../ui/Pending'
import { Wordmark } from '../../ui/Wordmark'

const retryAfter = 2_000

/** Loads this browser's session. While the server is unreachable, it shows an error and retries every two seconds. */
export function SessionLoader() {
  const [unreachable, setUnreachable] = useState(false)

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let unmounted = false
    const load = () => {
      session.refresh().catch(() => {
        if (unmounted) return
        setUnreachable(true)
        timer = setTimeout(load, retryAfter)
      })
    }
    load()
    return () => {
      unmounted = true
      clearTimeout(timer)
    }
  }, [])

  return (
    <Center mih="100dvh" p="lg">
      <Stack align="center">
        <Wordmark />
        {unreachable ? <ErrorNote message="Can’t reach the server. Retrying…" /> : <Pending label="Loading…" />}
      </Stack>
    </Center>
  )
}
