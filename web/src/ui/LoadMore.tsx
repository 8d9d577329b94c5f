import { Button, Center } from '@mantine/core'
import { useEffect, useRef } from 'react'

type Props = {
  /** The next page is being read. */
  isLoading: boolean
  /** Any page is being read. A refetch cancels the reading of the next page, often before a render shows it. */
  isFetching: boolean
  onLoad: () => void
}

/** Loads the next page while the button is near the viewport, or on a click. */
export function LoadMore({ isLoading, isFetching, onLoad }: Props) {
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = end.current
    if (isFetching || element === null || !('IntersectionObserver' in window)) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onLoad(), { rootMargin: '300px' })
    observer.observe(element)
    return () => observer.disconnect()
  }, [isFetching, onLoad])
  return (
    <Center ref={end} py="md">
      <Button variant="default" loading={isLoading} onClick={onLoad}>
        Load more
      </Button>
    </Center>
  )
}
