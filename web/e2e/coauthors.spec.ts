import { expect, test } from '@playwright/test'
import { EditorPage } from './editorPage'
import { expectState, givenInstallation } from './fixture'
import { Rest } from './rest'

const installation = givenInstallation()

/** The duration of typing, in milliseconds: shorter in CI than in `make monkey`. */
const typingTime = Number(process.env['E2E_SECONDS'] ?? 15) * 1000

const pause = (page: EditorPage, milliseconds: number) =>
  page.page.evaluate((time) => new Promise((resolve) => setTimeout(resolve, time)), milliseconds)

/** Types words at the caret until the time is over, with pauses until the autosave has run, and returns the typed text. */
async function write(editor: EditorPage, name: string, until: number): Promise<string> {
  let typed = ''
  for (let n = 1; Date.now() < until; n += 1) {
    const word = ` ${name}${n}`
    await editor.type(word, 25)
    typed += word
    if (n % 12 === 0) await editor.waitForSave()
  }
  return typed
}

async function expectTogether(editors: EditorPage[], typed: string[], rest: Rest, id: number): Promise<void> {
  const expected = typed.map((text, index) => `Paragraph ${index + 1}:${text}`).join('\n\n')
  for (const editor of editors) await editor.expectSaved()
  await expect.poll(async () => (await rest.readPost({ id })).content, { timeout: 30_000 }).toBe(expected)
  for (const editor of editors) {
    await editor.expectText(expected)
    await expect(editor.page.getByRole('dialog')).toHaveCount(0)
    await expect(editor.page.getByText(/has a conflict/)).toHaveCount(0)
  }
  // Each caret is still at the end of its own paragraph.
  for (const [index, editor] of editors.entries()) {
    await editor.type('!')
    await expect.poll(async () => (await editor.text()).split('\n')[index * 2]).toBe(`Paragraph ${index + 1}:${typed[index]}!`)
  }
}

async function openThree(browser: Parameters<typeof EditorPage.open>[0], count: number) {
  const rest = new Rest(installation())
  const content = Array.from({ length: count }, (_, index) => `Paragraph ${index + 1}:`).join('\n\n')
  const post = await rest.createPost({ title: `Written by ${count} people`, content })
  const names = ['Ada', 'Bea', 'Cem'].slice(0, count)
  const editors: EditorPage[] = []
  for (const [index, name] of names.entries()) {
    const who = await rest.addUser(`${name}${post.id}`, 'editor')
    const editor = await EditorPage.open(browser, installation(), `/posts/${post.id}`, who)
    await editor.goToEndOf(index * 2 + 1)
    editors.push(editor)
  }
  return { rest, id: post.id, editors }
}

test('two people type in different paragraphs', async ({ browser }) => {
  test.setTimeout(120_000 + typingTime * 2)
  const { rest, id, editors } = await openThree(browser, 2)
  const until = Date.now() + typingTime
  const typed = await Promise.all(editors.map((editor, index) => write(editor, 'ab'.charAt(index), until)))
  await expectTogether(editors, typed, rest, id)
  await Promise.all(editors.map((editor) => editor.close()))
})

test('three people type in different paragraphs, one of them offline for a while', async ({ browser }) => {
  test.setTimeout(180_000 + typingTime * 2)
  const { rest, id, editors } = await openThree(browser, 3)
  const until = Date.now() + typingTime + 5_000
  const offline = async () => {
    const context = editors[2]?.page.context()
    await context?.setOffline(true)
    await expectState(editors[2]?.page ?? fail(), /Offline since/)
    await pause(editors[0] ?? fail(), typingTime / 3)
    await context?.setOffline(false)
  }
  const [typed] = await Promise.all([
    Promise.all(editors.map((editor, index) => write(editor, 'abc'.charAt(index), until))),
    offline(),
  ])
  await expectTogether(editors, typed, rest, id)
  await Promise.all(editors.map((editor) => editor.close()))
})

test('three people type in different paragraphs while the server is killed and restarted', async ({ browser }) => {
  test.setTimeout(180_000 + typingTime * 2)
  const { rest, id, editors } = await openThree(browser, 3)
  const until = Date.now() + typingTime
  const [typed] = await Promise.all([
    Promise.all(editors.map((editor, index) => write(editor, 'abc'.charAt(index), until))),
    pause(editors[0] ?? fail(), typingTime / 3).then(() => installation().restart(true)),
  ])
  await expectTogether(editors, typed, rest, id)
  await Promise.all(editors.map((editor) => editor.close()))
})

function fail(): never {
  throw new Error('there is no such editor')
}
