import { expect, type Locator, type Page, test } from '@playwright/test'
import { EditorPage } from './editorPage'
import { expectState, givenInstallation } from './fixture'
import { type Post, Rest, type StoredEvent } from './rest'

/**
 * Three browsers do random things to one post. At the end all screens equal the database, and every word that someone
 * typed and did not delete is in the post, was in a conflict view, or was taken out by the restore of an earlier version
 * and is in the history. The seed of a run is in its log: MONKEY_SEED repeats it, as far as timing allows.
 */
const installation = givenInstallation()
const seconds = Number(process.env['MONKEY_SECONDS'] ?? 30)
const seed = Number(process.env['MONKEY_SEED'] ?? Date.now() % 100_000)
/** The height of the window, at which CodeMirror draws all lines. It omits lines far outside of it. */
const viewport = { width: 1280, height: 3000 }
/** The timeout of an action, in milliseconds: a control can disappear or be covered at any time. */
const giveUpAfter = 2_000

/** A pseudo-random number generator (mulberry32): numbers from 0 up to 1. */
function generator(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const wordsIn = (text: string): string[] => text.match(/[abc]\d+x/g) ?? []

class Monkey {
  readonly name: string
  readonly editor: EditorPage
  readonly random: () => number
  /** The words that were typed here and are not deleted by their author. */
  readonly typed = new Set<string>()
  /** The words that a conflict view showed. */
  readonly shown = new Set<string>()
  readonly log: string[] = []
  readonly errors: string[] = []
  #count = 0

  constructor(name: string, editor: EditorPage, random: () => number) {
    this.name = name
    this.editor = editor
    this.random = random
    editor.page.setDefaultTimeout(20_000) // Nothing waits until the test is over.
    editor.page.on('console', (message) => {
      // The browser reports refused and cut requests by itself; the page handles them.
      if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) {
        this.errors.push(message.text())
      }
    })
  }

  async act(rest: Rest, post: Post): Promise<void> {
    const actions: [number, string, () => Promise<unknown>][] = [
      [50, 'type', () => this.#type()],
      [8, 'new line', () => this.#type('\n')],
      [8, 'undo', () => this.#undo()],
      [8, 'save', () => this.#save()],
      [4, 'publish', () => this.#publish()],
      [3, 'unpublish', () => this.#unpublish()],
      [3, 'restore', () => this.#restore(rest, post)],
      [2, 'delete and restore', () => this.#deleteAndRestore(rest, post)],
      [3, 'disconnect', () => this.#disconnect()],
      [6, 'resolve', () => this.resolve()],
      [5, 'wait for the autosave', () => this.editor.waitForSave()],
    ]
    let pick = this.random() * actions.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, name, run] of actions) {
      pick -= weight
      if (pick > 0) continue
      this.log.push(name)
      await run()
      return
    }
  }

  get page(): Page {
    return this.editor.page
  }

  async #type(before = ''): Promise<void> {
    if ((await this.page.getByRole('dialog').count()) > 0) return
    const lines = this.editor.content.locator('.cm-line')
    const line = lines.nth(Math.floor(this.random() * (await lines.count())))
    await this.#click(line)
    if (!(await this.#isTyping())) return
    await this.page.keyboard.press('End')
    if (before) await this.page.keyboard.press('Enter')
    for (let n = 0; n < 4; n += 1) {
      const word = `${this.name}${(this.#count += 1)}x`
      this.typed.add(word)
      await this.editor.type(` ${word}`, 10)
    }
    this.log.push(`…${this.name}${this.#count}x`)
    if (!(await this.#isTyping())) this.errors.push(`the focus left the text before ${this.name}${this.#count}x`)
  }

  #isTyping(): Promise<boolean> {
    return this.editor.content.evaluate((content) => content.contains(document.activeElement))
  }

  #click(target: Locator): Promise<void> {
    return target.click({ timeout: giveUpAfter }).catch(() => undefined)
  }

  /** Words that leave the screen by the undo are deleted by their author. */
  async #undo(): Promise<void> {
    if (!(await this.#isTyping())) return
    const before = new Set(wordsIn(await this.editor.text()))
    await this.page.keyboard.press('Control+z')
    const after = new Set(wordsIn(await this.editor.text()))
    for (const word of before) if (!after.has(word)) this.typed.delete(word)
  }

  async #publish(): Promise<void> {
    const button = this.page.getByRole('button', { name: /^(Publish|Publish changes)$/, disabled: false })
    if ((await button.count()) > 0) await this.#click(button)
    await this.#closeDialogs()
  }

  async #unpublish(): Promise<void> {
    await this.#click(this.page.getByRole('button', { name: 'More actions' }))
    const item = this.page.getByRole('menuitem', { name: 'Unpublish…' })
    if ((await item.count()) === 0) return this.page.keyboard.press('Escape')
    await this.#click(item)
    await this.#click(this.page.getByRole('dialog').getByRole('button', { name: 'Unpublish' }))
    await this.#closeDialogs()
  }

  async #restore(rest: Rest, post: Post): Promise<void> {
    const versions = (await rest.history(post).catch(() => [])).filter(({ type }) => type !== 'blog-deleted')
    const version = versions[Math.floor(this.random() * versions.length)]?.data.version
    if (version !== undefined) await rest.restore(post, version).catch(() => undefined)
  }

  async #deleteAndRestore(rest: Rest, post: Post): Promise<void> {
    await rest.deletePost(post).catch(() => undefined)
    await this.#pause(this.random() * 1_000)
    await restoreDeleted(rest, post)
  }

  async #disconnect(): Promise<void> {
    await this.page.context().setOffline(true)
    await this.#pause(500 + this.random() * 4_000)
    await this.page.context().setOffline(false)
  }

  /** Decides an open conflict: each part at random for mine, theirs or both. */
  async resolve(): Promise<void> {
    const review = this.page.getByRole('button', { name: 'Review', exact: true }).first()
    if ((await review.count()) === 0) return
    await this.#click(review)
    const dialog = this.page.getByRole('dialog')
    const apply = dialog.getByRole('button', { name: 'Apply' })
    const isShown = await apply.waitFor({ timeout: giveUpAfter }).then(() => true, () => false)
    if (!isShown) return this.#closeDialogs()
    for (const word of wordsIn((await dialog.allInnerTexts()).join('\n'))) this.shown.add(word)
    const open = dialog.getByRole('region', { name: /^Conflict \d/ }).filter({ hasText: 'Unresolved' })
    for (let left = await open.count(); left > 0; left -= 1) {
      const choices = open.first().getByRole('button', { name: /^Use (mine|theirs|both|suggested merge)/ })
      await this.#click(choices.nth(Math.floor(this.random() * (await choices.count()))))
    }
    await this.#click(apply)
    await this.#closeDialogs()
  }

  /** Ctrl+S opens a conflict that is known. */
  async #save(): Promise<void> {
    await this.page.keyboard.press('Control+s')
    if (this.random() < 0.5) await this.#closeDialogs()
    else await this.resolve()
  }

  async #closeDialogs(): Promise<void> {
    const dialogs = this.page.getByRole('dialog')
    for (let n = 0; n < 3 && (await dialogs.count()) > 0; n += 1) {
      await this.page.keyboard.press('Escape')
      await expect(dialogs).toHaveCount(0, { timeout: giveUpAfter }).catch(() => undefined)
    }
  }

  #pause(milliseconds: number): Promise<unknown> {
    return this.page.evaluate((time) => new Promise((resolve) => setTimeout(resolve, time)), milliseconds)
  }

  /** The state of the screen, for the log of a failed run. */
  async describe(): Promise<string> {
    const textOf = (part: Locator) => part.innerText({ timeout: giveUpAfter }).catch(() => '')
    const header = (await textOf(this.page.locator('main'))).slice(0, 600)
    const dialogs = (await Promise.all((await this.page.getByRole('dialog').all()).map(textOf))).join('\n')
    const text = await this.editor.text().catch(String)
    return `${this.name}: ${this.log.join(', ')}\n${header}\nDialogs: ${dialogs}\n${text}\n`
  }
}

/** Restores the post if it is deleted: two browsers may delete it at the same time. */
async function restoreDeleted(rest: Rest, post: Post): Promise<void> {
  const [newest] = await rest.history(post)
  if (newest?.type === 'blog-deleted') await rest.restore(post, (newest.data.version ?? 2) - 1).catch(() => undefined)
}

test('no text is lost, whatever three people do at once', async ({ browser }) => {
  test.setTimeout(seconds * 1000 + 240_000)
  const rest = new Rest(installation())
  const post = await rest.createPost({ title: 'Monkeys', content: 'One\n\nTwo\n\nThree\n\nFour' })
  const monkeys: Monkey[] = []
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    const who = await rest.addUser(`Monkey ${name}`.replace(' ', ''), 'editor')
    const editor = await EditorPage.open(browser, installation(), `/posts/${post.id}`, who, { viewport })
    monkeys.push(new Monkey(name, editor, generator(seed * 3 + index)))
  }

  const until = Date.now() + seconds * 1000
  await Promise.all(
    monkeys.map(async (monkey) => {
      while (Date.now() < until) await monkey.act(rest, post)
    }),
  )
  await restoreDeleted(rest, post)
  try {
    await settle(monkeys, rest, post)
    await expectNothingLost(monkeys, rest, post)
  } catch (error) {
    for (const monkey of monkeys) process.stderr.write(`seed ${seed}, ${await monkey.describe()}`)
    process.stderr.write(`database:\n${(await rest.readPost(post)).content}\n`)
    throw error
  }
  await Promise.all(monkeys.map(({ editor }) => editor.close()))
})

/** Decides all conflicts and waits until everything is saved and all screens equal the database. */
async function settle(monkeys: Monkey[], rest: Rest, post: Post): Promise<void> {
  for (const { page } of monkeys) await expectState(page, 'Live')
  await expect(async () => {
    for (const monkey of monkeys) await monkey.resolve()
    for (const { editor } of monkeys) await editor.expectSaved(8_000)
    const { content } = await rest.readPost(post)
    for (const { name, editor } of monkeys) expect(await editor.text(), `screen of ${name}`).toBe(content)
  }).toPass({ timeout: 120_000 })
}

async function expectNothingLost(monkeys: Monkey[], rest: Rest, post: Post): Promise<void> {
  const { content } = await rest.readPost(post)
  const events = (await rest.wholeHistory(post)).reverse()
  const kept = new Set([...wordsIn(content), ...removedByRestores(events)])
  for (const { shown } of monkeys) for (const word of shown) kept.add(word)
  for (const { name, typed, errors } of monkeys) {
    const lost = [...typed].filter((word) => !kept.has(word)).map((word) => traceOf(word, events))
    expect({ lost, errors }, `what ${name} typed`).toEqual({ lost: [], errors: [] })
  }
  expect(await installation().run('verify')).toContain('agree')
}

/** The words that were in a version and, by the restore of an earlier one, not in the next. */
function removedByRestores(events: StoredEvent[]): Set<string> {
  const removed = new Set<string>()
  let before: string[] = []
  for (const { type, restored, data } of events) {
    if (data.content === undefined) continue
    const words = wordsIn(data.content)
    const isRestore = restored !== undefined || type === 'blog-created'
    if (isRestore) for (const word of before) if (!words.includes(word)) removed.add(word)
    before = words
  }
  return removed
}

/** The versions that brought a word or took it out, for the log of a failed run; its beginning counts as well. */
function traceOf(word: string, events: StoredEvent[]): string {
  const steps: string[] = []
  let before = ''
  for (const { type, changed, autosave, restored, data } of events) {
    const lines = (data.content ?? '').split('\n')
    const line = lines.find((text) => text.includes(word)) ?? lines.find((text) => text.includes(word.slice(0, -1))) ?? ''
    if (data.content === undefined || line === before) continue
    const how = `${type} ${changed.join()}${autosave ? ' autosave' : ''}${restored === undefined ? '' : ` of ${restored}`}`
    steps.push(`${data.version} (${how}): ${line}`)
    before = line
  }
  return `${word}: ${steps.length === 0 ? 'in no version' : steps.join(' | ')}`
}
