import { Typography } from '@mantine/core'
import { memo, type MouseEvent, type Ref, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { showBlocks } from './blocks'
import { ExternalImage } from './ExternalImage'
import { highlightCode } from './highlightCode'
import { type ImageSlot, slotsIn } from './imageSlots'
import classes from './preview.module.css'

/** Images of other sites that are shown in a text: with many thousands of placeholders the page would not react for a minute. */
const maxImages = 500

/** Not rendered again for a change elsewhere in a text with many images. */
const SlottedImage = memo(ExternalImage)

type Props = {
  html: string
  /** Called after the HTML was put into the page. */
  onShown?: () => void
  ref?: Ref<HTMLDivElement>
}

/** HTML of the server, sanitized once more. Its elements are not React's: only the blocks that differ are replaced. */
export function RenderedHtml({ html, onShown, ref }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const [slots, setSlots] = useState<readonly ImageSlot[]>([])
  useImperativeHandle(ref, () => host.current as HTMLDivElement, [])

  useLayoutEffect(() => {
    if (!host.current) return
    const added = showBlocks(host.current, html)
    for (const element of added) makeScrollable(element)
    const next = slotsIn([...host.current.childNodes]).slice(0, maxImages)
    setSlots((old) => (old.length === next.length && old.every((slot, i) => slot === next[i]) ? old : next))
    onShown?.()
    const stop = new AbortController()
    void highlightCode([...host.current.children].filter((child) => child instanceof HTMLElement), stop.signal)
    return () => stop.abort()
  }, [html, onShown])

  return (
    <Typography className={classes.text}>
      <div ref={host} onClick={followInside} />
      {slots.map(({ element, key, ...image }) => createPortal(<SlottedImage {...image} />, element, key))}
    </Typography>
  )
}

/** Code and tables that are wider than the page can be scrolled with the keyboard. */
function makeScrollable(block: HTMLElement): void {
  for (const element of [block, ...block.querySelectorAll<HTMLElement>('pre, table')]) {
    if (element.matches('pre, table') && element.scrollWidth > element.clientWidth) element.tabIndex = 0
  }
}

/** Links inside the text stay in it: another text on the page may have the same footnotes and headings. */
function followInside(event: MouseEvent<HTMLElement>): void {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null
  if (!link) return
  event.preventDefault()
  const target = findTarget(event.currentTarget, decode(link.getAttribute('href')?.slice(1) ?? ''))
  if (!target) return
  target.tabIndex = -1
  target.focus({ preventScroll: true })
  target.scrollIntoView({ block: 'nearest' })
}

/** The footnote with an id, or the heading with these words. Headings have no ids: they could clash with ids of the page. */
function findTarget(host: HTMLElement, id: string): HTMLElement | undefined {
  const footnote = [...host.querySelectorAll<HTMLElement>('[id]')].find((element) => element.id === id)
  return footnote ?? [...host.querySelectorAll<HTMLElement>('h1, h2, h3, h4, h5, h6')].find(({ textContent }) => slug(textContent) === slug(id))
}

const slug = (text: string): string => text.toLowerCase().match(/[\p{L}\p{N}]+/gu)?.join('-') ?? ''

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
