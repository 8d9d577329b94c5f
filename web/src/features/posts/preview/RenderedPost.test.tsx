import { MantineProvider } from '@mantine/core'
import { render, screen } from '@testing-library/react'
import { http } from 'msw'
import { MemoryRouter } from 'react-router'
import { expect, test } from 'vitest'
import { listen, problem, server } from '../../../testing/page'
import { aPost } from '../../../testing/fixtures'
import { RenderedPost } from './RenderedPost'

listen()

const open = (post: ReturnType<typeof aPost>) =>
  render(
    <MantineProvider env="test">
      <MemoryRouter>
        <RenderedPost post={post} back={{ to: '/', label: 'Back to posts' }} />
      </MemoryRouter>
    </MantineProvider>,
  )

const post = aPost({
  title: 'A title',
  content: 'The text',
  authorName: 'Ana',
  authorPosition: 'Editor',
  publishedAt: '2019-05-23T10:00:00Z',
  blogImage: '/cover.png',
  published: true,
})

test('has title, author, date of publication, cover image, text and a way back', async () => {
  const { container } = open(post)
  expect(screen.getByRole('heading', { level: 1, name: 'A title' })).toBeVisible()
  expect(screen.getByText(/Ana, Editor/)).toBeVisible()
  expect(screen.getByText('23 May 2019')).toHaveAttribute('datetime', '2019-05-23T10:00:00Z')
  expect(container.querySelector('img')).toHaveAttribute('src', '/cover.png')
  expect(screen.getByRole('link', { name: 'Back to posts' })).toHaveAttribute('href', '/')
  expect(await screen.findByText('The text')).toBeVisible()
})

test('without the server it shows the text as it was written', async () => {
  server.use(http.post('*/api/render', () => problem(503, 'The database does not answer.')))
  open(post)
  expect(await screen.findByText(/Couldn’t load the formatted text: The database does not answer/)).toBeVisible()
  expect(screen.getByText('The text')).toBeVisible()
})
