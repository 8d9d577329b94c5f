import type { StateCommand } from '@codemirror/state'
import { Button, Group, NumberInput, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { insertTable } from './commands/insert'

const maxColumns = 20
const maxRows = 100

/** The number within its bounds; 1 for an empty field. */
const bounded = (value: number | string, max: number) => Math.min(Math.max(1, Math.round(Number(value)) || 1), max)

/** The size of a table to insert. */
export function TableForm({ onDone, onCancel }: { onDone: (command: StateCommand) => void; onCancel: () => void }) {
  const [columns, setColumns] = useState<number | string>(3)
  const [rows, setRows] = useState<number | string>(2)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation()
    onDone(insertTable(bounded(columns, maxColumns), bounded(rows, maxRows)))
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="xs" w={220}>
        <Group gap="xs" grow>
          <NumberInput label="Columns" min={1} max={maxColumns} value={columns} onChange={setColumns} data-autofocus />
          <NumberInput label="Rows" min={1} max={maxRows} value={rows} onChange={setRows} />
        </Group>
        <Group gap="xs" justify="flex-end">
          <Button size="xs" variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button size="xs" type="submit">
            Insert
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
