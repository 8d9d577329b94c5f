import { Center, Stack } from '@mantine/core'
import { useEffect, useState } from 'react'
import { session } from '../../api/session'
import { ErrorNote } from '../../ui/ErrorNote'
import { Pending } from '../../ui/Pending'
import { Wordmark } from '../../ui/Wordmark'

const tryEvery = 2_000

/** Looks whether this browser is signed in already; as long as the server is unreachable, it says so and tries on. */
export function Starting() {
  const [unreachable, setUnreachable] = useState(false)

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let left = false
    const ask = () => {
      session.refresh().catch(() => {
        if (left) return
        setUnreachable(true)
        timer = setTimeout(ask, tryEvery)
      })
    }
    ask()
    return () => {
      left = true
      clearTimeout(timer)
    }
  }, [])

  return (
    <Center mih="100dvh" p="lg">
      <Stack align="center">
        <Wordmark />
        {unreachable ? <ErrorNote message="The server cannot be reached. Trying again…" /> : <Pending label="Signing in" />}
      </Stack>
    </Center>
  )
}
