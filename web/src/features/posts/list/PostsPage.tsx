import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { Link } from 'react-router'
import { PageHeader } from '../../../ui/PageHeader'
import { useSession } from '../../login/useSession'
import { PostFilters } from './PostFilters'
import { PostList } from './PostList'
import { useFilter } from './useFilter'

/** All posts of the blog. */
export function PostsPage() {
  const { can } = useSession()
  const { filter, change, clear } = useFilter()
  return (
    <>
      <PageHeader title="Posts">
        {can('write') && (
          <Button component={Link} to="/posts/new" leftSection={<IconPlus size={18} aria-hidden />}>
            New post
          </Button>
        )}
      </PageHeader>
      <PostFilters filter={filter} onChange={change} />
      <PostList filter={filter} onClear={clear} />
    </>
  )
}
