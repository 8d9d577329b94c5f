import { VisuallyHidden } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Fragment, useMemo, useState, type FocusEvent } from 'react'
import type { ListedPost } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'
import { peopleByPost } from '../data/PeopleHere'
import { searchTerms } from '../data/searchMatch'
import { PostCard } from './PostCard'
import { PostRow, type RowProps } from './PostRow'
import classes from './posts.module.css'
import { useRestoredFocus } from './rowFocus'
import type { RowActions } from './useRowActions'
import { useWindowedRows, type Slot } from './useWindowedRows'

type Props = {
  posts: readonly ListedPost[]
  /** The ids of the posts that have left the list, but keep their place. */
  gone: ReadonlySet<number>
  /** Names the list. */
  name: string
  q: string
  isDeleted: boolean
  hasMore: boolean
  self: number
  actions: RowActions | null
}

/** The posts as a table, or as cards on a narrow screen. Only the rows around the screen are rendered. */
export function PostTable({ posts, gone, name, q, isDeleted, hasMore, self, actions }: Props) {
  const isNarrow = useMediaQuery('(max-width: 63.99em)', false, { getInitialValueInEffect: false })
  const people = usePeople(self)
  const terms = useMemo(() => searchTerms(q), [q])
  const keys = useMemo(() => posts.map(({ id }) => id), [posts])
  const [pinned, setPinned] = useState<number | null>(useRestoredFocus())
  const { container, slots, rest, measure } = useWindowedRows({
    keys,
    estimate: isNarrow ? 152 : 70,
    name: `${isNarrow ? 'cards' : 'table'} ${name}`,
    pinned,
  })
  const pinFocused = ({ target }: FocusEvent) => {
    const row = target.closest('[data-post]')
    if (row) setPinned(Number(row.getAttribute('data-post')))
  }
  const rowProps = (post: ListedPost, index: number): RowProps => ({
    post,
    index,
    terms,
    isGone: gone.has(post.id),
    people: people.get(post.id) ?? noPeople,
    actions,
    measure,
  })
  const Rows = isNarrow ? Cards : Table
  return (
    <div ref={container} onFocus={pinFocused} className={classes.rows}>
      <Rows slots={slots} rest={rest} posts={posts} hasMore={hasMore} isDeleted={isDeleted} rowProps={rowProps} />
    </div>
  )
}

const noPeople: RowProps['people'] = []

/** The other users at each post. A list without changes stays the same object. */
function usePeople(self: number) {
  const { presence } = useLive()
  const [known, setKnown] = useState(() => ({ presence, self, people: peopleByPost(presence, self, new Map()) }))
  if (known.presence === presence && known.self === self) return known.people
  const people = peopleByPost(presence, self, known.people)
  setKnown({ presence, self, people })
  return people
}

type RowsProps = Pick<Props, 'posts' | 'hasMore' | 'isDeleted'> & {
  slots: readonly Slot[]
  rest: number
  rowProps: (post: ListedPost, index: number) => RowProps
}

function Table({ slots, rest, posts, hasMore, isDeleted, rowProps }: RowsProps) {
  return (
    <div className={classes.frame}>
      <table className={classes.table} aria-label="Posts" aria-rowcount={hasMore ? -1 : posts.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">Title</th>
            {!isDeleted && <th scope="col" className={classes.status}>Status</th>}
            <th scope="col" className={classes.category}>Category</th>
            <th scope="col" className={classes.author}>Author</th>
            {!isDeleted && <th scope="col" className={classes.date}>Published</th>}
            <th scope="col" className={classes.change}>{isDeleted ? 'Deleted' : 'Last change'}</th>
            <th scope="col" className={isDeleted ? classes.restore : classes.menu}>
              <VisuallyHidden>Actions</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {slots.map(({ index, gap }) => {
            const post = posts[index]
            return post && (
              <Fragment key={post.id}>
                {gap > 0 && <Spacer height={gap} />}
                <PostRow {...rowProps(post, index)} />
              </Fragment>
            )
          })}
          {rest > 0 && <Spacer height={rest} />}
        </tbody>
      </table>
    </div>
  )
}

/** Takes the place of rows that are not rendered. */
function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td colSpan={7} className={classes.spacer} style={{ height }} />
    </tr>
  )
}

function Cards({ slots, rest, posts, hasMore, rowProps }: RowsProps) {
  return (
    <ul className={classes.cards} aria-label="Posts" style={{ paddingBottom: rest }}>
      {slots.map(({ index, gap }) => {
        const post = posts[index]
        return post && <PostCard key={post.id} {...rowProps(post, index)} gap={gap} count={hasMore ? -1 : posts.length} />
      })}
    </ul>
  )
}
