import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http } from 'msw'
import { expect, test } from 'vitest'
import { listen, press, problem, server } from '../../../testing/page'
import { ana, aPost, changed, me } from '../../../testing/fixtures'
import { clearStorage, content, has, open, retitle, saves, title, undo, v1 } from './testEditor'

clearStorage()
listen()

test("another's change fills fields that were not edited and leaves the others", async () => {
  has(v1)
  const { deliverEvent } = await open()
  await retitle('Mine')
  await deliverEvent(changed(11, aPost({ ...v1, version: 2, category: 'Tech' }), 'category'))
  await waitFor(() => expect(screen.getByRole('combobox', { name: 'Category' })).toHaveValue('Tech'))
  expect(await title()).toHaveValue('Mine')
})

test("another's paragraph is merged into mine while I type", async () => {
  has(v1)
  const { deliverEvent } = await open()
  await userEvent.type(await content(), '!', { initialSelectionStart: 3, initialSelectionEnd: 3 })
  await deliverEvent(changed(11, aPost({ ...v1, version: 2, content: 'one\ntwo\nTHREE' }), 'content'))
  await waitFor(async () => expect(await content()).toHaveValue('one!\ntwo\nTHREE'))
  expect(screen.queryByText(/conflict/i)).toBeNull()
})

test("another's change of an edited field asks, and nothing is decided before the confirmation", async () => {
  const sent = has(v1, saves({ title: 'Mine', version: 3 }))
  const { deliverEvent } = await open()
  await retitle('Mine')
  await deliverEvent(changed(11, aPost({ ...v1, version: 2, title: 'Theirs' }), 'title'))
  expect(await screen.findByText(/Ana changed Title while you edited it/)).toBeVisible()
  expect(await title()).toHaveValue('Mine')
  await press('Save')
  const dialog = await screen.findByRole('dialog')
  expect(within(dialog).getByText('Original:', { exact: false })).toHaveTextContent('Original: Old')
  await userEvent.click(within(dialog).getByRole('radio', { name: 'Yours: Mine' }))
  expect(sent).toEqual([])
  await userEvent.click(within(dialog).getByRole('button', { name: 'Confirm' }))
  await press('Save')
  await waitFor(() => expect(sent).toMatchObject([{ body: { title: 'Mine' }, version: '"2"' }]))
})

test('a rejected text can be restored by undo, and is kept', async () => {
  has(v1)
  const { deliverEvent } = await open()
  await retitle('Mine')
  await deliverEvent(changed(11, aPost({ ...v1, version: 2, title: 'Theirs' }), 'title'))
  await press('Review')
  const dialog = await screen.findByRole('dialog')
  await userEvent.click(within(dialog).getByRole('radio', { name: 'Ana: Theirs' }))
  await userEvent.click(within(dialog).getByRole('button', { name: 'Confirm' }))
  expect(await title()).toHaveValue('Theirs')
  expect(await screen.findByText(/Rejected text: your title was replaced/)).toBeVisible()
  await undo(/your text was replaced/)
  await waitFor(async () => expect(await title()).toHaveValue('Mine'))
  expect(await screen.findByText(/Ana changed Title while you edited it/)).toBeVisible()
})

test('my own other tab is named as such', async () => {
  has(v1)
  const { deliverEvent } = await open()
  await retitle('Mine')
  const event = changed(11, aPost({ ...v1, version: 2, title: 'Theirs' }), 'title')
  await deliverEvent({ ...event, actor: { id: me.id, name: me.name } })
  expect(await screen.findByText(/You \(in another tab\) changed Title/)).toBeVisible()
})

test('all authors of changes of the field are named', async () => {
  has(v1)
  const { deliverEvent } = await open()
  await retitle('Mine')
  const ben = { id: 4, name: 'Ben' }
  await deliverEvent({ ...changed(11, aPost({ ...v1, version: 2, title: 'A' }), 'title'), actor: ben })
  await deliverEvent(changed(12, aPost({ ...v1, version: 3, title: 'B' }), 'title'))
  expect(await screen.findByText(/Ben and Ana changed Title/)).toBeVisible()
})

test('a 412 without a conflict is merged and sent again', async () => {
  const theirs = aPost({ ...v1, version: 2, content: 'one\ntwo\nTHREE', updatedBy: ana })
  const sent = has(v1, () => problem(412, 'Changed.', { current: theirs, conflicts: ['content'] }), saves({ version: 3, content: 'one!\ntwo\nTHREE' }))
  await open()
  await userEvent.type(await content(), '!', { initialSelectionStart: 3, initialSelectionEnd: 3 })
  await press('Save')
  expect(await screen.findByText(/^Saved/)).toBeVisible()
  expect(sent[1]).toMatchObject({ version: '"2"', body: { content: 'one!\ntwo\nTHREE' } })
})

test('a conflict that a save finds takes no keys from the text, and is named above it', async () => {
  const theirs = aPost({ ...v1, version: 2, content: 'ONE\ntwo\nthree', updatedBy: ana })
  has(v1, () => problem(412, 'Changed.', { current: theirs, conflicts: ['content'] }))
  await open()
  const text = await content()
  await userEvent.type(text, '!', { initialSelectionStart: 3, initialSelectionEnd: 3 })
  await userEvent.keyboard('{Control>}s{/Control}')
  expect(await screen.findByText('Not saved: Content has a conflict')).toBeVisible()
  expect(screen.queryByRole('dialog')).toBeNull()
  expect(text).toHaveFocus()
  await userEvent.keyboard('{Control>}s{/Control}')
  expect(await screen.findByRole('dialog')).toBeVisible() // It is known now: the person asks for it.
})

test('a conflict that the Save button finds is opened', async () => {
  const theirs = aPost({ ...v1, version: 2, title: 'Theirs', updatedBy: ana })
  has(v1, () => problem(412, 'Changed.', { current: theirs, conflicts: ['title'] }))
  await open()
  await retitle('Mine')
  await press('Save')
  expect(await screen.findByRole('dialog')).toBeVisible()
})

test('a refused field takes no keys from a text in which its author writes on', async () => {
  let refuse = (): void => undefined
  const asked = new Promise<void>((resolve) => {
    refuse = resolve
  })
  has(v1, saves({ version: 2, content: v1.content + '!?' }))
  const refusal = async () => {
    await asked
    return problem(422, 'Invalid.', { errors: [{ field: 'title', message: 'Not this one.' }] })
  }
  server.use(http.patch('*/api/posts/1', refusal, { once: true }))
  await open()
  await retitle('Mine')
  const text = await content()
  await userEvent.type(text, '!')
  await userEvent.keyboard('{Control>}s{/Control}')
  await userEvent.keyboard('?')
  refuse()
  expect(await screen.findByText(/Not saved: Title: Not this one/)).toBeVisible()
  expect(text).toHaveFocus()
})
