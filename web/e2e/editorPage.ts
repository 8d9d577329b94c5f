import { type Browser, type BrowserContextOptions, expect, type Locator, type Page } from '@playwright/test'
import { openAt } from './fixture'
import type { Credentials, Installation } from './server'

/** The page object of the editor: one post in one browser. */
export class EditorPage {
  readonly page: Page
  readonly title: Locator
  readonly content: Locator

  constructor(page: Page) {
    this.page = page
    this.title = page.getByRole('textbox', { name: 'Title', exact: true })
    this.content = page.getByRole('textbox', { name: 'Content', exact: true })
  }

  static async open(
    browser: Browser,
    installation: Installation,
    path: string,
    who?: Credentials,
    options?: BrowserContextOptions,
  ): Promise<EditorPage> {
    const editor = new EditorPage(await openAt(browser, installation, path, who, options))
    await expect(editor.content).toBeVisible()
    return editor
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  /**
   * The text of the content as the screen shows it, without the name tags at changes of others. Rejects when the text is
   * so long that the editor does not draw all of it.
   */
  text(): Promise<string> {
    return this.content.evaluate((content) => {
      if (content.querySelector('.cm-gap') !== null) throw new Error('the text is too long: not all of it is drawn')
      return [...content.querySelectorAll('.cm-line')]
        .map((line) => {
          const copy = line.cloneNode(true) as HTMLElement
          for (const tag of copy.querySelectorAll('.cm-externalAuthor')) tag.remove()
          return copy.textContent.replace(/\u200b/g, '')
        })
        .join('\n')
    })
  }

  async expectText(text: string): Promise<void> {
    await expect.poll(() => this.text(), { timeout: 20_000 }).toBe(text)
  }

  /** Puts the caret at the end of a line, counted from 1. */
  async goToEndOf(line: number): Promise<void> {
    await this.content.locator('.cm-line').nth(line - 1).click()
    await this.page.keyboard.press('End')
  }

  type(text: string, delay = 0): Promise<void> {
    return this.page.keyboard.type(text, { delay })
  }

  /** Waits until nothing is unsaved. */
  async expectSaved(timeout = 45_000): Promise<void> {
    await expect(this.page.getByText(/^Saved( \d\d:\d\d)?$/)).toBeVisible({ timeout })
  }

  /** Waits until a save of what is typed has ended in any way, or is not due; for 4 s at most. */
  async waitForSave(): Promise<void> {
    const due = this.page.getByText(/^(Unsaved changes|Saving…)$/)
    await expect(due).toHaveCount(0, { timeout: 4_000 }).catch(() => undefined)
  }

  async menu(item: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name: 'More actions' }).click()
    await this.page.getByRole('menuitem', { name: item }).click()
  }

  close(): Promise<void> {
    return this.page.context().close()
  }
}
