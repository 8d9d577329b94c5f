import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Filter } from '../data/filter'
import { maxCounted, totalQuery } from '../data/posts'

type Props = {
  filter: Filter
  /** How many rows are loaded, and whether the server has more. */
  loaded: number
  hasMore: boolean
  isLoading: boolean
}

/** How many posts the list has, announced when it changes by a search or filter. */
export function PostCount({ filter, loaded, hasMore, isLoading }: Props) {
  const { data: total = null } = useQuery({ ...totalQuery(filter), enabled: !isLoading })
  return (
    <Text size="sm" c="dimmed" role="status" flex={1}>
      {isLoading ? 'Loading…' : countWords(filter, total ?? loaded, total === null ? hasMore : total >= maxCounted)}
    </Text>
  )
}

function countWords({ status }: Filter, count: number, isMore: boolean): string {
  const noun = `${status === 'deleted' ? 'deleted ' : ''}post${count === 1 && !isMore ? '' : 's'}`
  return `${count.toLocaleString('en')}${isMore ? '+' : ''} ${noun}`
}
