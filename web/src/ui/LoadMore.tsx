import { Button, Center } from '@mantine/core'
import { useEffect, useRef } from 'react'

type Props = { isLoading: boolean; onLoad: () => void }

/** Loads the next page when it comes near the viewport, or when it is pressed. */
export function LoadMore({ isLoading, onLoad }: Props) {
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = end.current
    if (isLoading || element === null || !('IntersectionObserver' in window)) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onLoad(), { rootMargin: '300px' })
    observer.observe(element)
    return () => observer.disconnect()
  }, [isLoading, onLoad])
  return (
    <Center ref={end} py="md">
      <Button variant="default" loading={isLoading} onClick={onLoad}>
        Load more
      </Button>
    </Center>
  )
}
