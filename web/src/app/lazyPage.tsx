import { type ComponentType, type ReactNode, use, useEffect } from 'react'

type PageModule = { load: () => Promise<ComponentType>; page: Promise<ComponentType> | null; hasFailed: boolean }

const modules: PageModule[] = []

/**
 * A page with code that is loaded when it is first opened. Unlike React.lazy, it can load again after a failure: a failed
 * load is kept until resetFailedPages.
 */
export function lazyPage(load: () => Promise<ComponentType>): () => ReactNode {
  const module: PageModule = { load, page: null, hasFailed: false }
  modules.push(module)
  return function LazyPage() {
    const Page = use(pageOf(module))
    return <Page />
  }
}

function pageOf(module: PageModule): Promise<ComponentType> {
  module.page ??= module.load().catch((error: unknown) => {
    module.hasFailed = true
    throw error
  })
  return module.page
}

/** Makes the next render of each page that could not be loaded load it again. */
export function resetFailedPages(): void {
  for (const module of modules) {
    if (module.hasFailed) Object.assign(module, { page: null, hasFailed: false })
  }
}

/** The delay after the sign-in, in milliseconds: the requests of the first page go first. */
const preloadDelay = 3_000

/** Preloads the pages once, preloadDelay after the sign-in. */
export function usePreloadedPages(isSignedIn: boolean): void {
  useEffect(() => {
    if (!isSignedIn) return
    const timer = setTimeout(() => void preloadPages(), preloadDelay)
    return () => clearTimeout(timer)
  }, [isSignedIn])
}

/** Loads the code of all pages one after another, so that they open at once, offline as well. */
export async function preloadPages(): Promise<void> {
  for (const module of modules) await pageOf(module).catch(() => undefined)
  resetFailedPages()
}
