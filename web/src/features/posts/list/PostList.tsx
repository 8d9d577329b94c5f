import { lazy, Suspense, useCallback, useEffect, useRef } from 'react'
import type { Summary } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'
import { explain } from '../../../api/problem'
import { ErrorNote } from '../../../ui/ErrorNote'
import { ListBar } from '../../../ui/ListBar'
import { LoadMore } from '../../../ui/LoadMore'
import { NewItemsButton } from '../../../ui/NewItemsButton'
import { Pending } from '../../../ui/Pending'
import { useFrozenOrder } from '../../../ui/useFrozenOrder'
import { useSession } from '../../login/useSession'
import type { Filter } from '../data/filter'
import { onPostAction, usePostActions } from '../data/usePostActions'
import { PostCount } from './PostCount'
import { PostTable } from './PostTable'
import { focusNextRow, titleId } from './rowFocus'
import type { PostListData } from './usePostList'
import { useRowActions } from './useRowActions'

const ConfirmAction = lazy(async () => ({ default: (await import('./ConfirmAction')).ConfirmAction }))
const EmptyList = lazy(async () => ({ default: (await import('./EmptyList')).EmptyList }))

type Props = { list: PostListData; filter: Filter; onClear: () => void }

/** The posts that pass the filter, kept up to date. */
export function PostList({ list, filter, onClear }: Props) {
  const { rows, pages, shownFilter, isLoading, hasMore, isFetching, isFetchingMore, loadMore, error, retry } = list
  const { user, can } = useSession()
  const { epoch } = useLive()
  const name = JSON.stringify(shownFilter)
  const { shown, gone, waiting, area, showNew, drop } = useFrozenOrder(rows ?? noRows, idOf, { pages, scope: `${epoch} ${name}` })
  const order = useRef<readonly number[]>([])
  useEffect(() => {
    order.current = shown.map(({ id }) => id)
  })
  // A row that an action of this user has added, such as the undo of a deletion, is shown at once.
  useEffect(() => onPostAction((id) => !order.current.includes(id) && setTimeout(showNew)), [showNew])
  const afterRemoval = useCallback((post: Summary) => {
    focusNextRow(order.current, post.id)
    drop(post.id)
  }, [drop])
  const { rowActions, question, isAsking, confirm, cancel } = useRowActions(usePostActions(), afterRemoval)
  const showAll = (byKeyboard: boolean) => {
    showNew()
    const first = rows?.[0]
    if (byKeyboard && first) setTimeout(() => document.getElementById(titleId(first.id))?.focus())
  }

  if (!rows) return error ? <ErrorNote message={explain(error)} onRetry={retry} /> : <Pending label="Loading posts…" />
  const isEmpty = shown.length === 0 && !hasMore
  return (
    <div ref={area} aria-busy={isLoading}>
      {error && <ErrorNote message={explain(error)} onRetry={retry} />}
      <ListBar>
        <PostCount filter={filter} loaded={rows.length} hasMore={hasMore} isLoading={isLoading} />
        <NewItemsButton count={waiting} noun="post" onShow={showAll} />
      </ListBar>
      {isEmpty && isLoading && <Pending label="Loading posts…" />}
      <Suspense>
        {isEmpty && !isLoading && <EmptyList filter={filter} canWrite={can('write')} onClear={onClear} />}
        {question && <ConfirmAction question={question} isOpen={isAsking} onConfirm={confirm} onCancel={cancel} />}
      </Suspense>
      {!isEmpty && (
        <PostTable
          key={name}
          posts={shown}
          gone={gone}
          name={name}
          q={shownFilter.q}
          isDeleted={shownFilter.status === 'deleted'}
          hasMore={hasMore}
          self={user?.id ?? 0}
          actions={can('write') ? rowActions : null}
        />
      )}
      {hasMore && !isLoading && <LoadMore isLoading={isFetchingMore} isFetching={isFetching} onLoad={loadMore} />}
    </div>
  )
}

const noRows: never[] = []
const idOf = ({ id }: Summary): number => id
