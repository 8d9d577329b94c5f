import { Group, SegmentedControl, Select, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { sorts, statuses, type Filter } from '../data/filter'
import { categoriesQuery } from '../data/posts'
import { useSearchWords } from './useSearchWords'

const statusLabels = { all: 'All', published: 'Published', draft: 'Drafts', deleted: 'Deleted' }
const sortLabels: Record<Filter['sort'], string> = {
  '-updatedAt': 'Last changed first',
  updatedAt: 'First changed first',
  '-createdAt': 'Newest first',
  createdAt: 'Oldest first',
  title: 'Title, A to Z',
  '-title': 'Title, Z to A',
}

type Props = { filter: Filter; onChange: (part: Partial<Filter>) => void }

/** What the list shows, and in which order. */
export function PostFilters({ filter, onChange }: Props) {
  const categories = useQuery(categoriesQuery)
  const [words, search] = useSearchWords(filter.q, (q) => onChange({ q }))
  const names = new Set([...(categories.data ?? []).map(({ name }) => name), filter.category])
  names.delete('')
  return (
    <Group mb="md" gap="sm">
      <TextInput
        type="search"
        aria-label="Search posts"
        placeholder="Search posts"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={words}
        maxLength={200}
        onChange={({ currentTarget }) => search(currentTarget.value)}
        flex="1 1 14rem"
      />
      <SegmentedControl
        aria-label="Status"
        value={filter.status}
        onChange={(status) => onChange({ status })}
        flex="0 1 auto"
        data={statuses.map((value) => ({ value, label: statusLabels[value] }))}
      />
      <Select
        aria-label="Category"
        placeholder="All categories"
        clearable
        searchable
        clearButtonProps={{ 'aria-label': 'All categories' }}
        value={filter.category || null}
        onChange={(category) => onChange({ category: category ?? '' })}
        onDropdownOpen={() => categories.isStale && void categories.refetch()}
        data={[...names].sort((a, b) => a.localeCompare(b))}
        nothingFoundMessage="No such category"
        flex="1 1 9.5rem"
        maw="14rem"
      />
      <Select
        aria-label="Order"
        allowDeselect={false}
        value={filter.sort}
        onChange={(sort) => sort && onChange({ sort })}
        data={sorts.map((value) => ({ value, label: sortLabels[value] }))}
        flex="1 1 9.5rem"
        maw="14rem"
      />
    </Group>
  )
}
