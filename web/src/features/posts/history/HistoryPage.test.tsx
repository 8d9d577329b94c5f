import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http } from 'msw'
import { expect, test } from 'vitest'
import { listen, press, problem, server } from '../../../testing/page'
import { aPost, changed, me, published } from '../../../testing/fixtures'
import { autosaved, first, has, open, second, v1, v2 } from './testHistory'

listen()

const marked = (tag: string) => [...document.querySelectorAll(tag)].map(({ textContent }) => textContent)

test('lists every version, newest first, with its author and changes', async () => {
  has([second, first])
  await open()
  const versions = await screen.findAllByRole('button', { name: /^Version/ })
  expect(versions.map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining('Ana edited content and title'),
    expect.stringContaining('Ana created this post'),
  ])
  expect(versions[0]).toHaveTextContent('Current')
})

test('marks the version that readers see', async () => {
  const v3 = aPost({ ...v2, version: 3, liveVersion: 3, published: true })
  const v4 = aPost({ ...v3, version: 4 })
  has([
    { ...changed(4, v4, 'title'), type: 'blog-updated', data: v4 },
    { ...published(3, v3), type: 'blog-published', data: v3 },
    second,
  ])
  await open()
  expect(await screen.findByRole('button', { name: /Version 3/ })).toHaveTextContent('Live')
  expect(screen.getByRole('button', { name: /Version 4/ })).toHaveTextContent('Current')
  expect(screen.getByRole('button', { name: /Version 4/ })).not.toHaveTextContent('Live')
})

test('a version shows its changes against the one before', async () => {
  has([second, first])
  await open()
  await press(/Version 2/)
  const title = await screen.findByRole('region', { name: 'Title' })
  expect(title).toHaveTextContent('Old')
  expect(title).toHaveTextContent('New')
  await waitFor(() => expect(marked('.cm-merge-b .cm-changedText')).toEqual(['new']))
  expect(marked('.cm-merge-a .cm-changedText, .cm-deletedText')).toEqual(['old'])
})

test('the first version is shown whole', async () => {
  has([second, first])
  await open()
  await press(/Version 1/)
  expect(await screen.findByRole('region', { name: 'Content of version 1' })).toHaveTextContent('The old text')
})

test('a version can be opened by its address, and compared with the current one', async () => {
  has([autosaved(3), second, first])
  await open('?version=1')
  await userEvent.click(await screen.findByRole('tab', { name: 'Compare with current' }))
  expect(await screen.findByRole('group', { name: 'Version 1 compared with Version 3 (current)' })).toBeVisible()
})

test('an address of an older version than those loaded works, and one of no version is reported', async () => {
  has([second, first], 1)
  const { unmount } = await open('?version=1')
  expect(await screen.findByRole('region', { name: 'Content of version 1' })).toHaveTextContent('The old text')
  unmount()
  await open('?version=99')
  expect(await screen.findByText(/Version 99 not found/)).toBeVisible()
})

test('any two versions can be compared', async () => {
  has([autosaved(3), second, first])
  await open()
  await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Compare' }), '1')
  await press('Compare')
  expect(await screen.findByRole('heading', { name: 'Version 1 compared with version 3' })).toBeVisible()
  await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveFocus())
  expect(await screen.findByRole('group', { name: 'Version 1 compared with Version 3' })).toBeVisible()
  await userEvent.click(screen.getByRole('link', { name: 'All versions' }))
  expect(await screen.findByRole('button', { name: /Version 1/ })).toBeVisible()
})

test('consecutive versions of one author are one entry, which can be unfolded', async () => {
  has([autosaved(6), autosaved(5, false), autosaved(4, false), autosaved(3, false), first])
  await open()
  const group = await screen.findByRole('button', { name: /^Versions 3–6/ })
  expect(group).toHaveTextContent(/Ana edited content · 4 versions, .*\d\d:\d\d–\d\d:\d\d/)
  await press('Show 4 versions')
  await waitFor(() => expect(screen.getByRole('button', { name: 'Show as one' })).toHaveFocus())
  expect(screen.getAllByRole('button', { name: /^Version \d/ })).toHaveLength(5)
  await press(/^Version 4/)
  await waitFor(() => expect(screen.getByText('The text of this autosaved version is no longer available.')).toBeVisible())
  expect(screen.queryByRole('button', { name: 'Restore version 4' })).toBeNull()
  await press('Open version 6')
  await waitFor(() => expect(screen.getByRole('button', { name: /^Version 6/ })).toHaveFocus())
  expect(await screen.findByRole('tab', { name: 'Changes' })).toBeVisible()
  await press('Show as one')
  await waitFor(() => expect(screen.getByRole('button', { name: 'Show 4 versions' })).toHaveFocus())
  expect(await screen.findByRole('button', { name: /^Versions 3–6/ })).toBeVisible()
})

test('a group that is open stays one entry when it gets a newer version', async () => {
  has([autosaved(4), autosaved(3, false), first])
  const { deliverEvent } = await open()
  await press(/^Versions 3–4/)
  has([autosaved(5), autosaved(4, false), autosaved(3, false), first])
  const { content, ...summary } = aPost({ ...v2, version: 5 })
  expect(content).toBeDefined()
  await deliverEvent(changed(11, summary, 'content'))
  expect(await screen.findByRole('button', { name: /^Versions 3–5/ })).toHaveAttribute('aria-expanded', 'true')
})

test('reads older versions by the page', async () => {
  has([second, first], 1)
  await open()
  await press('Load more')
  expect(await screen.findByRole('button', { name: /Version 1/ })).toBeVisible()
})

test('follows new versions live', async () => {
  has([first])
  const { deliverEvent } = await open()
  await screen.findByRole('button', { name: /Version 1/ })
  has([second, first])
  await deliverEvent(changed(11, v2, 'title'))
  expect(await screen.findByRole('button', { name: /Version 2/ })).toBeVisible()
})

test('under the pointer, only the versions of the user’s own restores appear at once', async () => {
  has([second, first])
  const { deliverEvent } = await open()
  await userEvent.hover(await screen.findByRole('button', { name: /Version 2/ }))
  const ben = { actor: { id: 9, name: 'Ben' } }
  const third = { ...second, ...ben, seq: 3, data: aPost({ ...v2, version: 3 }) }
  has([third, second, first])
  await deliverEvent({ ...changed(11, third.data, 'content'), ...ben })
  expect(await screen.findByRole('button', { name: '1 new version' })).toBeVisible()
  expect(screen.queryByRole('button', { name: /^Version 3/ })).toBeNull()

  const own = { actor: { id: me.id, name: me.name }, restored: 1 }
  const fourth = { ...second, ...own, seq: 4, data: aPost({ ...v1, version: 4 }) }
  has([fourth, third, second, first])
  await deliverEvent({ ...changed(12, fourth.data, 'content'), ...own })
  expect(await screen.findByRole('button', { name: /^Version 4/ })).toBeVisible()
})

test('a viewer restores nothing', async () => {
  has([second, first])
  await open('?version=1', 'viewer')
  expect(await screen.findByRole('region', { name: 'Content of version 1' })).toBeVisible()
  expect(screen.queryByRole('button', { name: /Restore/ })).toBeNull()
})

test('reports a post that does not exist', async () => {
  server.use(http.get('*/api/posts/1/history', () => problem(404, 'No such post.')))
  await open()
  expect(await screen.findByText('No such post.')).toBeVisible()
})
