import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http } from 'msw'
import { expect, test } from 'vitest'
import { listen, press, problem, server } from '../../../testing/page'
import { aPost, changed, created, published } from '../../../testing/fixtures'
import { first, gone, has, open, restores, second, v1, v2 } from './testHistory'

listen()

test('a restore lists the changed fields, keeps the state of the post, and can be undone', async () => {
  const v3 = aPost({ ...v2, version: 3, liveVersion: 3, published: true })
  has([{ ...published(3, v3), type: 'blog-published', data: v3 }, second, first])
  const sent = restores(4)
  await open()
  await press(/Version 1/)
  await press('Restore version 1')
  const dialog = await screen.findByRole('dialog', { name: 'Restore version 1?' })
  const fields = await within(dialog).findAllByRole('listitem')
  expect(fields.map(({ textContent }) => textContent)).toEqual(['Title', 'Content'])
  expect(dialog).toHaveTextContent('The post stays published. Readers see the restored text only after you publish changes.')
  expect(sent).toEqual([])
  await userEvent.click(within(dialog).getByRole('button', { name: 'Restore version 1' }))
  expect(await screen.findByText('Version 1 restored')).toBeVisible()
  await press('Undo')
  await waitFor(() => expect(sent).toEqual([[{ version: 1 }, 'false'], [{ version: 3 }, 'false']]))
  expect(await screen.findByText('Version 3 restored.')).toBeVisible()
})

test('a draft stays a draft, and a version without differences is not restored', async () => {
  const v3 = aPost({ ...v1, version: 3 })
  has([{ ...changed(3, v3, 'content', 'title'), restored: 1, type: 'blog-updated', data: v3 }, second, first])
  await open()
  expect(await screen.findByRole('button', { name: /Version 3/ })).toHaveTextContent('Ana restored version 1')
  await press(/Version 2/)
  await press('Restore version 2')
  expect(await screen.findByText('The post stays a draft.')).toBeVisible()
  await press('Cancel')
  await press(/Version 1/)
  await press('Restore version 1')
  const dialog = await screen.findByRole('dialog', { name: 'Restore version 1?' })
  expect(await within(dialog).findByText(/same text as the current/)).toBeVisible()
  expect(within(dialog).getByRole('button', { name: 'Restore version 1' })).toBeDisabled()
})

test('a refused restore shows its reason', async () => {
  has([second, first])
  server.use(http.post('*/api/posts/1/restore', () => problem(503, 'The database does not answer.')))
  await open()
  await press(/Version 1/)
  await press('Restore version 1')
  const dialog = await screen.findByRole('dialog', { name: 'Restore version 1?' })
  await userEvent.click(await within(dialog).findByRole('button', { name: 'Restore version 1' }))
  expect(await screen.findByText('The database does not answer.')).toBeVisible()
})

test('a deleted post is restored as a draft', async () => {
  has([gone, second, first])
  const sent = restores(4)
  await open()
  expect(await screen.findByText(/You can restore any of its versions/)).toHaveTextContent('Ana deleted this post')
  await press(/Version 2/)
  await press('Restore version 2')
  const dialog = await screen.findByRole('dialog', { name: 'Restore version 2?' })
  expect(await within(dialog).findByText(/is restored as a draft/)).toBeVisible()
  has([{ ...created(4, v2), restored: 2, type: 'blog-created', data: aPost({ ...v2, version: 4 }) }, gone, second, first])
  await userEvent.click(within(dialog).getByRole('button', { name: 'Restore version 2' }))
  expect(await screen.findByText('Version 2 restored as a draft.')).toBeVisible()
  expect(await screen.findByRole('button', { name: /Version 4.*Current/ })).toHaveTextContent('Ana restored version 2 as a draft')
  expect(sent).toEqual([[{ version: 2 }, 'false']])
})
