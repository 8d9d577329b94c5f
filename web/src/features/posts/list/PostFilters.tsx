import { Button, Group, Kbd, Loader, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useDisclosure, useMediaQuery } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconSearch } from '@tabler/icons-react'
import { memo } from 'react'
import { isFiltering, isNarrowed, noFilter, sorts, statuses, type Filter } from '../data/filter'
import { authorsQuery, categoriesQuery, tagsQuery } from '../data/posts'
import { NameSelect } from './NameSelect'
import classes from './posts.module.css'
import { searchId } from './rowFocus'
import { useSearchText } from './useSearchText'

const statusLabels: Record<Filter['status'], string> = {
  all: 'All',
  published: 'Published',
  draft: 'Drafts',
  deleted: 'Deleted',
}
const sortLabels: Record<Filter['sort'], string> = {
  '-updatedAt': 'Recently updated',
  updatedAt: 'Least recently updated',
  '-createdAt': 'Newest',
  createdAt: 'Oldest',
  title: 'Title, A to Z',
  '-title': 'Title, Z to A',
}
const deletedSortLabels = { ...sortLabels, '-updatedAt': 'Recently deleted', updatedAt: 'Least recently deleted' }

type Props = {
  filter: Filter
  /** Whether the rows of this filter are still being read. */
  isLoading: boolean
  onChange: (part: Partial<Filter>) => void
  onClear: () => void
}

/** Which posts the list shows, and in which order. Live events do not render it. */
export const PostFilters = memo(function PostFilters({ filter, isLoading, onChange, onClear }: Props) {
  const [text, search] = useSearchText(filter.q, (q) => onChange({ q }))
  const isNarrow = useMediaQuery('(max-width: 47.99em)', false, { getInitialValueInEffect: false })
  const [isOpen, { toggle }] = useDisclosure(isNarrowed({ ...filter, q: '' }))
  const isPending = isLoading || text.trim() !== filter.q
  const selects = <Selects filter={filter} onChange={onChange} onClear={onClear} />
  return (
    <search className={classes.filters}>
      <Group gap="sm" mb="sm">
        <TextInput
          id={searchId}
          type="search"
          aria-label="Search posts"
          aria-keyshortcuts="/"
          placeholder={`Search words, or a "phrase"`}
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={isPending ? <Loader size={14} aria-hidden /> : text === '' && !isNarrow ? <Kbd size="xs">/</Kbd> : null}
          value={text}
          maxLength={200}
          dir="auto"
          onChange={({ currentTarget }) => search(currentTarget.value)}
          flex="1 1 16rem"
        />
        <SegmentedControl
          aria-label="Status"
          value={filter.status}
          onChange={(status) => onChange({ status })}
          fullWidth={isNarrow}
          flex={isNarrow ? '1 1 100%' : '0 1 auto'}
          data={statuses.map((value) => ({ value, label: statusLabels[value] }))}
        />
        {isNarrow && (
          <Button
            variant="default"
            size="xs"
            onClick={toggle}
            aria-expanded={isOpen}
            leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
          >
            Filters and order
          </Button>
        )}
      </Group>
      {(!isNarrow || isOpen) && selects}
    </search>
  )
})

function Selects({ filter, onChange, onClear }: Pick<Props, 'filter' | 'onChange' | 'onClear'>) {
  const labels = filter.status === 'deleted' ? deletedSortLabels : sortLabels
  return (
    <div className={classes.selects}>
      <NameSelect
        label="Category"
        plural="categories"
        query={categoriesQuery}
        value={filter.category}
        onChange={(category) => onChange({ category })}
      />
      <NameSelect label="Tag" plural="tags" query={tagsQuery} value={filter.tag} onChange={(tag) => onChange({ tag })} />
      <NameSelect
        label="Author"
        plural="authors"
        query={authorsQuery}
        value={filter.author}
        onChange={(author) => onChange({ author })}
      />
      <Select
        aria-label="Sort by"
        allowDeselect={false}
        value={filter.sort}
        onChange={(sort) => onChange({ sort: sort ?? noFilter.sort })}
        data={sorts.map((value) => ({ value, label: labels[value] }))}
      />
      {isFiltering(filter) && (
        <Button variant="subtle" onClick={onClear} flex="0 0 auto">
          Clear filters
        </Button>
      )}
    </div>
  )
}
