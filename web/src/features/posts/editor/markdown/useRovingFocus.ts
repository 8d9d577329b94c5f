import { type FocusEvent, type KeyboardEvent, useEffect, useRef } from 'react'

const buttonsOf = (toolbar: HTMLElement) => [...toolbar.querySelectorAll<HTMLElement>('button')]

/**
 * The keyboard of a toolbar: one control is in the tab order, the one that had the focus last; arrow keys, Home and End
 * move between them. It works on the elements, so that nothing is rendered for it.
 */
export function useRovingFocus() {
  const ref = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const [first, ...rest] = ref.current ? buttonsOf(ref.current) : []
    if (first && ![first, ...rest].some(({ tabIndex }) => tabIndex === 0)) first.tabIndex = 0
  })

  const onFocus = ({ target, currentTarget }: FocusEvent<HTMLElement>) => {
    for (const button of buttonsOf(currentTarget)) button.tabIndex = button === target ? 0 : -1
  }

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const buttons = buttonsOf(event.currentTarget)
    const at = buttons.findIndex((button) => button === event.target)
    if (at < 0) return
    const isRtl = getComputedStyle(event.currentTarget).direction === 'rtl'
    const steps: Record<string, number> = { ArrowRight: isRtl ? -1 : 1, ArrowLeft: isRtl ? 1 : -1, Home: -at, End: buttons.length - 1 - at }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    buttons[(at + step + buttons.length) % buttons.length]?.focus()
  }
  return { ref, onFocus, onKeyDown }
}
