import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { expect, it } from 'vitest'
import { listen, problem, server } from '../../testing/page'
import { ConfirmPassword } from './ConfirmPassword'
import { changeUser } from './users'

listen()

const ben = { id: 2, email: 'ben@example.org', name: 'Ben', role: 'admin', disabled: false, createdAt: '2026-11-26T10:00:00Z' }

/** A server that wants the password "right" before it changes a user. */
function guardedServer() {
  let proved = false
  server.use(
    http.patch('*/api/users/2', () =>
      proved ? HttpResponse.json(ben) : problem(403, 'Confirm this.', { code: 'reauthentication-required' }),
    ),
    http.post('*/api/auth/reauthenticate', async ({ request }) => {
      const { password } = (await request.json()) as { password: string }
      if (password !== 'right') return problem(422, 'Wrong.', { errors: [{ field: 'password', message: 'Incorrect password.' }] })
      proved = true
      return new HttpResponse(null, { status: 204 })
    }),
  )
}

function openDialog() {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <ConfirmPassword />
      </QueryClientProvider>
    </MantineProvider>,
  )
}

it('asks for the own password, and then makes the change', async () => {
  guardedServer()
  openDialog()
  const change = changeUser({ id: 2, change: { role: 'admin' } })
  await userEvent.type(await screen.findByLabelText(/Your password/), 'wrong')
  await userEvent.click(screen.getByRole('button', { name: 'Confirm' }))
  expect(await screen.findByText('Incorrect password.')).toBeInTheDocument()
  await userEvent.clear(screen.getByLabelText(/Your password/))
  await userEvent.type(screen.getByLabelText(/Your password/), 'right')
  await userEvent.click(screen.getByRole('button', { name: 'Confirm' }))
  expect(await change).toMatchObject({ name: 'Ben' })
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument())
})

it('makes no change when the dialog is cancelled', async () => {
  guardedServer()
  openDialog()
  const change = expect(changeUser({ id: 2, change: { role: 'admin' } })).rejects.toThrow('Confirm this.')
  await userEvent.click(await screen.findByRole('button', { name: 'Cancel' }))
  await change
})
