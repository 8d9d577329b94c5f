import { Center, Loader, Text } from '@mantine/core'
import { useEffect, useState } from 'react'

/** A loading message. It appears after 300 ms, so that quick answers do not make it flicker. */
export function Pending({ label }: { label: string }) {
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 300)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Center py={80} role="status" aria-busy="true">
      {shown && (
        <>
          <Loader size="sm" mr="sm" aria-hidden />
          <Text c="dimmed">{label}</Text>
        </>
      )}
    </Center>
  )
}
