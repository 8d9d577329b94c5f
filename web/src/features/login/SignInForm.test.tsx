import { MantineProvider } from '@mantine/core'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { session } from '../../api/session'
import { SignInForm } from './SignInForm'

const user = { id: 3, email: 'ana@example.com', name: 'Ana', role: 'editor' }
const login = '*/api/auth/login'
const server = setupServer()
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterAll(() => server.close())

async function signIn() {
  render(
    <MantineProvider>
      <SignInForm />
    </MantineProvider>,
  )
  await userEvent.type(screen.getByLabelText('E-mail'), 'ana@example.com')
  await userEvent.type(screen.getByLabelText('Password'), 'secret')
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }))
}

it.each([
  [401, {}, 'This e-mail and password do not belong together.'],
  [429, { 'Retry-After': '30' }, 'Too many tries. Wait 30 seconds.'],
  [503, {}, 'The database does not answer.'],
] as const)('says why it was refused: %i', async (status, headers, words) => {
  const problem = { title: 'Unavailable', detail: 'The database does not answer.', status }
  server.use(http.post(login, () => HttpResponse.json(problem, { status, headers })))
  await signIn()
  expect(await screen.findByRole('alert')).toHaveTextContent(words)
  expect(screen.getByLabelText('Password')).toHaveValue('secret')
})

it('says that the server cannot be reached', async () => {
  server.use(http.post(login, () => HttpResponse.error()))
  await signIn()
  expect(await screen.findByRole('alert')).toHaveTextContent('could not be reached')
})

it('signs in', async () => {
  server.use(http.post(login, () => HttpResponse.json({ accessToken: 't', expiresIn: 900, user })))
  await signIn()
  expect(session.get()).toMatchObject({ status: 'signed-in', user })
})
