import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { listen, problem } from '../../../testing/desk'
import { ana, aPost, changed } from '../../../testing/fixtures'
import { content, has, open, press, retitle, saves, title, v1 } from './testEditor'

listen()

test("another's change fills untouched fields and leaves typed ones", async () => {
  has(v1)
  const { brings } = await open()
  await retitle('Mine')
  await brings(changed(11, aPost({ ...v1, version: 2, category: 'Tech' }), 'category'))
  await waitFor(() => expect(screen.getByRole('combobox', { name: 'Category' })).toHaveValue('Tech'))
  expect(await title()).toHaveValue('Mine')
})

test("another's change of a typed field asks, and the choice decides what is saved", async () => {
  const sent = has(v1, saves({ title: 'Mine', version: 3 }))
  const { brings } = await open()
  await retitle('Mine')
  await brings(changed(11, aPost({ ...v1, version: 2, title: 'Theirs' }), 'title'))
  expect(await screen.findByText(/changed this to “Theirs”/)).toHaveTextContent('Ana changed this')
  expect(await title()).toHaveValue('Mine')
  await press('Keep mine')
  await press('Save')
  await waitFor(() => expect(sent).toMatchObject([{ body: { title: 'Mine' }, version: '"2"' }]))
})

test('theirs can be taken', async () => {
  has(v1)
  const { brings } = await open()
  await retitle('Mine')
  await brings(changed(11, aPost({ ...v1, version: 2, title: 'Theirs' }), 'title'))
  await press('Take theirs')
  expect(await title()).toHaveValue('Theirs')
  expect(screen.getByText('Saved')).toBeVisible()
})

test('a refused save shows both texts side by side, and takes both where they are different lines', async () => {
  const long = Array.from({ length: 12 }, (_, n) => `line ${n}`)
  const base = aPost({ ...v1, content: long.join('\n') })
  const theirs = aPost({ ...base, version: 2, content: long.with(10, 'theirs').join('\n'), updatedBy: ana })
  const sent = has(base, () => problem(412, 'Ana changed it.', { current: theirs, conflicts: ['content'] }), saves({ version: 3 }))
  await open()
  await userEvent.type(await content(), '!', { initialSelectionStart: 6, initialSelectionEnd: 6 })
  await press('Save')
  const dialog = await screen.findByRole('dialog')
  expect(within(dialog).getByRole('columnheader', { name: 'Theirs (Ana)' })).toBeVisible()
  await userEvent.click(within(dialog).getByRole('button', { name: /Take both/ }))
  expect(await content()).toHaveValue(long.with(0, 'line 0!').with(10, 'theirs').join('\n'))
  await press('Save')
  await waitFor(() => expect(sent[1]).toMatchObject({ version: '"2"' }))
})
