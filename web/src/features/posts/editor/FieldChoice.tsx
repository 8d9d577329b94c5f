import { Button, Group, Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { fieldLabels, type Field, type Values } from '../data/fields'
import classes from './editor.module.css'

/** A field in conflict: its three values, and the callbacks of the decision. */
export type FieldConflict = {
  field: Field
  base: Values[Field]
  mine: Values[Field]
  theirs: Values[Field]
  theirsName: string
  onResolve: (result: Values[Field]) => void
  onCancel: () => void
}

/** The decision between two values of a field of one line. */
export function FieldChoice({ field, base, mine, theirs, theirsName, onResolve, onCancel }: FieldConflict) {
  const [choice, setChoice] = useState<'mine' | 'theirs' | null>(null)
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        Original: <span className={classes.choiceText}>{show(base)}</span>
      </Text>
      <Radio.Group label={`${fieldLabels[field]} to keep`} value={choice} onChange={(value) => setChoice(value === 'mine' ? 'mine' : 'theirs')}>
        <Stack gap="xs" mt="xs">
          <Radio value="mine" label={<span className={classes.choiceText}>Yours: {show(mine)}</span>} />
          <Radio value="theirs" label={<span className={classes.choiceText}>{theirsName}: {show(theirs)}</span>} />
        </Stack>
      </Radio.Group>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onCancel}>
          Decide later
        </Button>
        <Button disabled={choice === null} onClick={() => onResolve(choice === 'mine' ? mine : theirs)}>
          Confirm
        </Button>
      </Group>
    </Stack>
  )
}

const show = (value: Values[Field]): string => {
  const text = Array.isArray(value) ? value.join(', ') : value === null ? '' : String(value)
  return text === '' ? '(empty)' : text
}
