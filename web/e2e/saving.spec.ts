import { expect, type Locator, test } from '@playwright/test'
import { EditorPage } from './editorPage'
import { givenInstallation, openAt } from './fixture'
import { Rest } from './rest'

const installation = givenInstallation()

test('a refused save names the field and the reason, in view', async ({ browser }) => {
  const rest = new Rest(installation())
  await rest.createPost({ title: 'Taken', slug: 'taken' })
  const post = await rest.createPost({ title: 'Refused', content: 'x\n'.repeat(80) })
  const editor = await EditorPage.open(browser, installation(), `/posts/${post.id}`)
  const slug = editor.page.getByRole('textbox', { name: 'Slug' })
  await slug.fill('taken')
  await editor.title.focus()
  await editor.page.evaluate(() => window.scrollTo(0, 0))
  await editor.page.keyboard.press('Control+s')
  await expect(editor.page.getByText(/Not saved: Slug/)).toBeVisible()
  await expect(slug).toBeFocused()
  await expect(slug).toBeInViewport()
  await expect(slug).toHaveAccessibleDescription(/already used/)
  await slug.fill('free')
  await editor.expectSaved()
  await editor.close()
})

test('a save that failed offline is repeated when the connection is back', async ({ browser }) => {
  const rest = new Rest(installation())
  const post = await rest.createPost({ title: 'Offline', content: 'Text.' })
  const editor = await EditorPage.open(browser, installation(), `/posts/${post.id}`)
  await editor.goToEndOf(1)
  installation().proxy.cut()
  await editor.type(' Typed offline.')
  await editor.page.keyboard.press('Control+s')
  await expect(editor.page.getByText(/Not saved:/).first()).toBeVisible()
  installation().proxy.restore()
  await editor.expectSaved()
  expect((await rest.readPost(post)).content).toBe('Text. Typed offline.')
  await editor.close()
})

test('a request without an answer is given up after 20 seconds, and repeated', async ({ browser }) => {
  test.setTimeout(120_000)
  const rest = new Rest(installation())
  const post = await rest.createPost({ title: 'Hung', content: 'Text.' })
  const editor = await EditorPage.open(browser, installation(), `/posts/${post.id}`)
  let hung = 0
  await editor.page.route(`**/api/posts/${post.id}?*`, (route) => {
    hung += 1
    if (hung > 1) return route.continue()
    return undefined // No answer.
  })
  await editor.goToEndOf(1)
  await editor.type(' More.')
  await editor.page.keyboard.press('Control+s')
  await expect(editor.page.getByText(/did not respond within 20 seconds/)).toBeVisible({ timeout: 30_000 })
  await editor.expectSaved()
  expect((await rest.readPost(post)).content).toBe('Text. More.')
  await editor.close()
})

test('a notice names the user who unpublished the post', async ({ browser }) => {
  const rest = new Rest(installation())
  const post = await rest.createPost({ title: 'Unpublished by another', content: 'Text.', published: true })
  const eve = await rest.addUser('Eve', 'editor')
  const editor = await EditorPage.open(browser, installation(), `/posts/${post.id}`, eve)
  await rest.publish(post, false)
  await expect(editor.page.getByText(/unpublished this post at \d\d:\d\d/)).toBeVisible()
  await editor.close()
})

test('signing out with unsaved text asks, and deletes it only on request', async ({ browser }) => {
  const rest = new Rest(installation())
  const fay = await rest.addUser('Fay', 'editor')
  const page = await openAt(browser, installation(), '/posts/new', fay)
  const editor = new EditorPage(page)
  await editor.content.click()
  await editor.type('Text without a title')
  await expect(page.getByText('Add a title to save')).toBeVisible()
  await page.getByRole('button', { name: /account and sign out/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sign out with unsaved text?' })
  await dialog.getByRole('button', { name: 'Delete it and sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  const stored = await page.evaluate(async () => {
    const texts: string[] = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })]
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name ?? '')
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error ?? new Error('open'))
      })
      for (const store of database.objectStoreNames) {
        const records = await new Promise<unknown[]>((resolve) => {
          const request = database.transaction(store).objectStore(store).getAll()
          request.onsuccess = () => resolve(request.result as unknown[])
        })
        texts.push(JSON.stringify(records))
      }
      database.close()
    }
    return texts.join()
  })
  expect(stored).not.toContain('Text without a title')
  await page.context().close()
})

test('at 400 % zoom and on a phone the post has most of the screen', async ({ browser }) => {
  const rest = new Rest(installation())
  const post = await rest.createPost({ title: 'Zoomed', content: 'Words.\n\n'.repeat(30) })
  const editor = await EditorPage.open(browser, installation(), `/posts/${post.id}`, undefined, { viewport: { width: 320, height: 256 } })
  await editor.goToEndOf(5)
  const covered = await editor.page.evaluate(() => {
    let height = 0
    for (const element of document.querySelectorAll('header, [class*=header], [role=toolbar]')) {
      const { position } = getComputedStyle(element)
      if (position === 'sticky' || position === 'fixed') height += element.getBoundingClientRect().height
    }
    return height
  })
  expect(covered).toBeLessThanOrEqual(64)
  const overflow = await editor.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  await editor.close()
})

test('on a phone a post opens at its top, with the state of the connection in full', async ({ browser }) => {
  const rest = new Rest(installation())
  const post = await rest.createPost({ title: 'Small', content: 'Words.\n\n'.repeat(30) })
  const others: EditorPage[] = []
  for (const name of ['Una', 'Uli', 'Udo']) {
    others.push(await EditorPage.open(browser, installation(), `/posts/${post.id}`, await rest.addUser(name, 'editor')))
  }
  const editor = await EditorPage.open(browser, installation(), `/posts/${post.id}`, undefined, { viewport: { width: 390, height: 844 } })
  await expect(editor.page.getByRole('img', { name: /^Online: / })).toBeVisible()
  const badge = editor.page.locator('[data-connection]')
  const isCut = () => badge.evaluate((element) => [element, ...element.querySelectorAll('*')].some((one) => one.scrollWidth > one.clientWidth + 1))
  expect(await isCut()).toBe(false)
  expect(await editor.page.evaluate(() => window.scrollY)).toBe(0)
  await editor.page.context().setOffline(true)
  await expect(badge).toContainText('Offline since')
  expect(await isCut()).toBe(false)
  expect(await editor.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
  for (const each of [...others, editor]) await each.close()
})

test('the slug of a post that was never published follows its title, unless someone has set it', async ({ browser }) => {
  const rest = new Rest(installation())
  const post = await rest.createPost({ title: 'First thoughts' })
  const editor = await EditorPage.open(browser, installation(), `/posts/${post.id}`)
  const { page } = editor
  const slug = page.getByRole('textbox', { name: 'Slug' })
  const save = async (field: Locator, text: string) => {
    await field.fill(text)
    await page.keyboard.press('Control+s')
    await editor.expectSaved()
  }
  await save(editor.title, 'Second thoughts')
  await expect(slug).toHaveValue('second-thoughts')
  await save(slug, 'mine')
  await save(editor.title, 'Third thoughts')
  await expect(slug).toHaveValue('mine')
  await save(slug, '')
  await expect(slug).toHaveValue('third-thoughts')
  await editor.button('Publish').click()
  await expect(page.getByText('Published', { exact: true }).first()).toBeVisible()
  await save(editor.title, 'Fourth thoughts')
  await expect(slug).toHaveValue('third-thoughts')
  await editor.close()
})
