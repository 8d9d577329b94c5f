import { Typography } from '@mantine/core'
import { type MouseEvent, type Ref, useImperativeHandle, useLayoutEffect, useRef } from 'react'
import { showBlocks } from './blocks'
import { highlightCode } from './highlightCode'
import classes from './preview.module.css'

type Props = {
  html: string
  /** Called after the HTML was put into the page. */
  onShown?: () => void
  ref?: Ref<HTMLDivElement>
}

/** HTML of the server, sanitized once more. Its elements are not React's: only the blocks that differ are replaced. */
export function RenderedHtml({ html, onShown, ref }: Props) {
  const host = useRef<HTMLDivElement>(null)
  useImperativeHandle(ref, () => host.current as HTMLDivElement, [])

  useLayoutEffect(() => {
    if (!host.current) return
    const added = showBlocks(host.current, html)
    for (const element of added) makeScrollable(element)
    onShown?.()
    const stop = new AbortController()
    void highlightCode([...host.current.children].filter((child) => child instanceof HTMLElement), stop.signal)
    return () => stop.abort()
  }, [html, onShown])

  return (
    <Typography className={classes.text}>
      <div ref={host} onClick={followFootnote} />
    </Typography>
  )
}

/** Code and tables that are wider than the page can be scrolled with the keyboard. */
function makeScrollable(block: HTMLElement): void {
  for (const element of [block, ...block.querySelectorAll<HTMLElement>('pre, table')]) {
    if (element.matches('pre, table') && element.scrollWidth > element.clientWidth) element.tabIndex = 0
  }
}

/** Links to footnotes stay in this text: another one on the page may have footnotes of the same numbers. */
function followFootnote(event: MouseEvent<HTMLElement>): void {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null
  if (!link) return
  event.preventDefault()
  const id = decode(link.getAttribute('href')?.slice(1) ?? '')
  const target = [...event.currentTarget.querySelectorAll<HTMLElement>('[id]')].find((element) => element.id === id)
  if (!target) return
  target.tabIndex = -1
  target.focus({ preventScroll: true })
  target.scrollIntoView({ block: 'nearest' })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
