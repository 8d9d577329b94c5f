import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { Link } from 'react-router'
import { PageHeader } from '../../../ui/PageHeader'
import { useSession } from '../../login/useSession'
import { PostFilters } from './PostFilters'
import { PostList } from './PostList'
import { ShortcutHelp } from './ShortcutHelp'
import { useFilter } from './useFilter'
import { usePostList } from './usePostList'

/** All posts of the blog. */
export function PostsPage() {
  const { can } = useSession()
  const { filter, change, clear } = useFilter()
  const list = usePostList(filter)
  return (
    <>
      <PageHeader title="Posts">
        <ShortcutHelp canWrite={can('write')} />
        {can('write') && (
          <Button component={Link} to="/posts/new" leftSection={<IconPlus size={18} aria-hidden />}>
            New post
          </Button>
        )}
      </PageHeader>
      <PostFilters filter={filter} isLoading={list.isLoading} onChange={change} onClear={clear} />
      <PostList list={list} filter={filter} onClear={clear} />
    </>
  )
}
