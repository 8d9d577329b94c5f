/** The editor alone on a page, for measurements and for tests that need a real layout. */
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '../src/app/app.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { Profiler, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { shareStyleNonce } from '../src/app/nonce'
import { cssVariables, theme } from '../src/app/theme'
import { MarkdownEditor } from '../src/features/posts/editor/markdown/MarkdownEditor'
import type { Person } from '../src/features/posts/editor/markdown/surface'
import { MemoryText } from '../src/features/posts/data/textSource'
import { styleNonce } from '../src/ui/styleNonce'

/** The interface of the page for tests and measurements. */
export type Bench = {
  source: MemoryText
  commits: number
  lines: (number | null)[]
  saves: number
  setPeople: (people: readonly Person[]) => void
  setReadOnly: (isReadOnly: boolean) => void
  setError: (error: string) => void
}

const source = new MemoryText()
const bench: Bench = {
  source,
  commits: 0,
  lines: [],
  saves: 0,
  setPeople: () => undefined,
  setReadOnly: () => undefined,
  setError: () => undefined,
}
Object.assign(window, { bench })

function Page() {
  const [people, setPeople] = useState<readonly Person[]>([])
  const [readOnly, setReadOnly] = useState(false)
  const [error, setError] = useState('')
  Object.assign(bench, { setPeople, setReadOnly, setError })
  return (
    <main>
      <h1>Editor</h1>
      <label>
        Before <input />
      </label>
      <Profiler id="editor" onRender={() => (bench.commits += 1)}>
        <MarkdownEditor
          source={source}
          label="Content"
          people={people}
          readOnly={readOnly}
          error={error}
          onLine={(line) => bench.lines.push(line)}
          onSave={() => (bench.saves += 1)}
        />
      </Profiler>
      <label>
        After <input />
      </label>
    </main>
  )
}

shareStyleNonce()
const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" getStyleNonce={styleNonce}>
    <Notifications position="bottom-right" />
    <Page />
  </MantineProvider>,
)
