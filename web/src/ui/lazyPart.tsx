import { type ComponentType, type ReactNode, useEffect, useState } from 'react'
import { ErrorNote } from './ErrorNote'

/** The pause after which a failed load is repeated, in milliseconds; it doubles up to the longest one. */
const firstRetry = 1_000
const longestRetry = 30_000

/**
 * A part of a page with code that is loaded when it is first shown. Unlike with React.lazy, a load that fails leaves the rest
 * of the page as it is, and is repeated: with backoff, at once when the network is back, and by a button.
 */
export function lazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  pending: (props: Props) => ReactNode,
): (props: Props) => ReactNode {
  let loaded: ComponentType<Props> | null = null
  const start = async () => (loaded ??= await load())
  return function LazyPart(props: Props) {
    const [code, setCode] = useState(() => ({ Part: loaded }))
    const [hasFailed, setHasFailed] = useState(false)
    const [attempt, setAttempt] = useState(0)
    useEffect(() => repeat(start, (Part) => setCode({ Part }), () => setHasFailed(true)), [attempt])
    const { Part } = code
    if (Part !== null) return <Part {...props} />
    if (!hasFailed) return pending(props)
    return <ErrorNote message="Couldn’t load this part of the page." onRetry={() => setAttempt(attempt + 1)} />
  }
}

/** Repeats the work until it succeeds. Returns a function that stops it. */
function repeat<T>(work: () => Promise<T>, onDone: (result: T) => void, onFailure: () => void): () => void {
  let failures = 0
  let isOver = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = () => {
    isOver = true
    clearTimeout(timer)
    window.removeEventListener('online', run)
  }
  const onError = () => {
    if (isOver) return
    onFailure()
    timer = setTimeout(run, Math.min(longestRetry, firstRetry * 2 ** failures))
    failures += 1
  }
  const run = () => {
    clearTimeout(timer)
    work().then((result) => {
      if (isOver) return
      end()
      onDone(result)
    }, onError)
  }
  window.addEventListener('online', run)
  run()
  return end
}
