/** The maximum length of highlighted code, in characters. */
const longestCode = 50_000

/** Colors the code blocks in these elements, one after another. The grammars are loaded when the first block needs one. */
export async function highlightCode(elements: readonly HTMLElement[], signal: AbortSignal): Promise<void> {
  const blocks = elements.flatMap((element) => [...element.querySelectorAll<HTMLElement>('code[class^="language-"]'), ...own(element)])
  if (blocks.length === 0) return
  const { codeFragment } = await import('./codeFragment')
  for (const block of blocks) {
    if (signal.aborted) return
    const code = block.textContent
    if (code.length > longestCode) continue
    const fragment = await codeFragment(code, language(block))
    if (fragment && !signal.aborted && block.textContent === code) block.replaceChildren(fragment)
    await nextTask()
  }
}

const own = (element: HTMLElement): HTMLElement[] => (element.matches('code[class^="language-"]') ? [element] : [])

/** `rust` of `language-rust,ignore`. */
const language = (block: Element): string => /^language-([^,:={\s]+)/.exec(block.className)?.[1] ?? ''

/** Lets the page react between two blocks. */
const nextTask = () => new Promise<void>((resolve) => void setTimeout(resolve))
