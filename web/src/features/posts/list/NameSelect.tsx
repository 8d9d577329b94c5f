import { Group, Select, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { tagsQuery } from '../data/posts'

type Props = {
  /** "Category": the label; `plural` completes "All categories". */
  label: string
  plural: string
  query: typeof tagsQuery
  value: string
  onChange: (name: string) => void
}

/** The maximum number of listed names; typing finds the others. */
const maxShown = 100

/** A filter by one of the names in use. They are read when it is opened, and again when they may have changed. */
export function NameSelect({ label, plural, query, value, onChange }: Props) {
  const [isOpen, setOpen] = useState(false)
  const { data, isFetching } = useQuery({ ...query, enabled: isOpen })
  const counts = new Map((data ?? []).map(({ name, count }) => [name, count]))
  const names = [...new Set([...counts.keys(), value])].filter(Boolean)
  return (
    <Select
      aria-label={label}
      placeholder={`All ${plural}`}
      clearable
      searchable
      limit={maxShown}
      maxDropdownHeight={320}
      clearButtonProps={{ 'aria-label': `All ${plural}` }}
      value={value || null}
      onChange={(name) => onChange(name ?? '')}
      onDropdownOpen={() => setOpen(true)}
      onDropdownClose={() => setOpen(false)}
      data={names}
      renderOption={({ option }) => <Option name={option.value} count={counts.get(option.value)} />}
      nothingFoundMessage={isFetching ? 'Loading…' : `No matching ${plural}`}
    />
  )
}

function Option({ name, count }: { name: string; count: number | undefined }) {
  return (
    <Group justify="space-between" gap="xs" wrap="nowrap" w="100%">
      <span dir="auto" style={{ overflowWrap: 'anywhere' }}>
        {name}
      </span>
      {count !== undefined && (
        <Text span size="xs" c="dimmed">
          {count}
        </Text>
      )}
    </Group>
  )
}
