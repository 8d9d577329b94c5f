import { Stack, Table, VisuallyHidden } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { Summary } from '../../../api/types'
import { useLive } from '../../../live/useLive'
import { peopleAt } from '../data/PeopleHere'
import { PostCard } from './PostCard'
import type { PostActions } from './PostMenu'
import { PostRow } from './PostRow'
import classes from './posts.module.css'

type Props = { posts: readonly Summary[]; self: number; actions: PostActions | null }

/** The posts as a table, or as cards on a narrow screen. */
export function PostTable({ posts, self, actions }: Props) {
  const { presence } = useLive()
  const isNarrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false })
  const item = (post: Summary) => ({ post, actions, people: peopleAt(presence, post.id, self) })
  if (isNarrow) {
    return (
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Posts">
        {posts.map((post) => (
          <PostCard key={post.id} {...item(post)} />
        ))}
      </Stack>
    )
  }
  return (
    <div className={classes.table}>
      <Table verticalSpacing="sm" horizontalSpacing="md" aria-label="Posts">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Title</Table.Th>
            <Table.Th w={150}>Status</Table.Th>
            <Table.Th w={150}>Category</Table.Th>
            <Table.Th w="30%">Last change</Table.Th>
            <Table.Th w={60}>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {posts.map((post) => (
            <PostRow key={post.id} {...item(post)} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
