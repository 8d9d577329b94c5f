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
  await userEvent.type(screen.getByLabelText('Email'), 'ana@example.com')
  await userEvent.type(screen.getByLabelText('Password'), 'secret')
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }))
}

it.each([
  [401, {}, 'Incorrect email or password.'],
  [403, {}, 'Your account is disabled. Ask an administrator.'],
  [429, { 'Retry-After': '30' }, 'Too many attempts. Try again in 30 seconds.'],
  [503, {}, 'The database does not answer.'],
] as const)('shows the reason of a refusal: %i', async (status, headers, words) => {
  const problem = { title: 'Refused', detail: words, status }
  server.use(http.post(login, () => HttpResponse.json(problem, { status, headers })))
  await signIn()
  expect(await screen.findByRole('alert')).toHaveTextContent(words)
  expect(screen.getByLabelText('Password')).toHaveValue('secret')
})

it('shows that the server is unreachable', async () => {
  server.use(http.post(login, () => HttpResponse.error()))
  await signIn()
  expect(await screen.findByRole('alert')).toHaveTextContent('Can’t reach the server')
})

it('signs in', async () => {
  server.use(http.post(login, () => HttpResponse.json({ accessToken: 't', expiresIn: 900, user })))
  await signIn()
  expect(session.get()).toMatchObject({ status: 'signed-in', user })
})
