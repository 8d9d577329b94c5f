import { MantineProvider } from '@mantine/core'
import { configure, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { ConflictView } from './ConflictView'

// The code of the view is loaded on demand.
vi.setConfig({ testTimeout: 60_000 })
configure({ asyncUtilTimeout: 15_000 })

const base = '# Ferries\n\nThe ticket costs 5 euros in summer.\n\nBoats leave at nine.\n\nEnd.'
const mine = base.replace('5 euros', '7 euros').replace('nine', 'ten')
const theirs = base.replace('in summer', 'in winter').replace('nine', 'noon')

function open() {
  const onResolve = vi.fn()
  const onCancel = vi.fn()
  const texts = { label: 'Content', base, mine, theirs, mineName: 'Mia', theirsName: 'Ana' }
  render(<ConflictView {...texts} onResolve={onResolve} onCancel={onCancel} />, {
    wrapper: ({ children }) => <MantineProvider env="test">{children}</MantineProvider>,
  })
  return { onResolve, onCancel }
}

const press = (name: string) => userEvent.click(screen.getByRole('button', { name }))

test('nothing is given out before every conflict is decided and the result is applied', async () => {
  const { onResolve } = open()
  expect(await screen.findByText('2 conflicts left')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Apply' })).toBeDisabled()
  await press('Use suggested merge, conflict 1 of 2')
  expect(screen.getByText('1 conflict left')).toBeVisible()
  await press('Use theirs, conflict 2 of 2')
  expect(screen.getByText('All conflicts resolved')).toBeVisible()
  expect(onResolve).not.toHaveBeenCalled()
  await press('Apply')
  expect(onResolve).toHaveBeenCalledWith(
    '# Ferries\n\nThe ticket costs 7 euros in winter.\n\nBoats leave at noon.\n\nEnd.',
  )
})

test('both sides are named, and each is compared with what both started from', async () => {
  open()
  const conflict = await screen.findByRole('region', { name: 'Conflict 1 of 2' })
  expect(within(conflict).getByText('Mine: Mia')).toBeVisible()
  expect(within(conflict).getByText('Theirs: Ana')).toBeVisible()
  const changes = (tag: string) => [...conflict.querySelectorAll(tag)].map(({ textContent }) => textContent)
  expect(changes('ins')).toEqual(['7', 'winter', '7', 'winter'])
  expect(changes('del')).toEqual(['5', 'summer', '5', 'summer'])
})

test('both texts can be kept, as two paragraphs', async () => {
  const { onResolve } = open()
  await screen.findByText('2 conflicts left')
  await press('Use mine, conflict 1 of 2')
  await press('Use both, mine first, conflict 2 of 2')
  await press('Apply')
  expect(onResolve).toHaveBeenCalledWith(
    '# Ferries\n\nThe ticket costs 7 euros in summer.\n\nBoats leave at ten.\n\nBoats leave at noon.\n\nEnd.',
  )
})

test('cancel gives nothing out', async () => {
  const { onResolve, onCancel } = open()
  await screen.findByText('2 conflicts left')
  await press('Use mine, conflict 1 of 2')
  await press('Cancel')
  expect(onCancel).toHaveBeenCalled()
  expect(onResolve).not.toHaveBeenCalled()
})
