import { Button, Group, Paper, Text } from '@mantine/core'
import { Ago } from '../../../ui/Ago'
import { useDesk } from './Desk'
import { keepMine, takeTheirs, type Field } from './draft'
import { inShort } from '../data/fieldTexts'

/** What stands under a field: who else is in it, and the choice when somebody changed it too. */
export function FieldNotes({ field }: { field: Field }) {
  const { draft, editing, people, onChoose } = useDesk()
  const names = people.filter((person) => person.state === 'editing' && person.field === field).map(({ name }) => name)
  const conflict = draft.conflicts[field]
  return (
    <>
      {names.length > 0 && (
        <Text size="xs" mt={4} c="petrol" role="status">
          {names.join(', ')} {names.length === 1 ? 'is' : 'are'} editing this now
        </Text>
      )}
      {conflict && (
        <Paper withBorder p="xs" mt={6} role="alert">
          <Text size="sm">
            <strong>{conflict.by ?? 'Somebody'}</strong> changed this{' '}
            {field === 'content' ? 'too' : `to ${inShort(field, draft.base)}`}, <Ago at={conflict.at} />. Yours is kept
            until you choose.
          </Text>
          <Group gap="xs" mt={6}>
            <Button size="xs" variant="default" onClick={() => editing.step((now) => keepMine(now, field))}>
              Keep mine
            </Button>
            <Button size="xs" variant="default" onClick={() => editing.step((now) => takeTheirs(now, field))}>
              Take theirs
            </Button>
            <Button size="xs" variant="subtle" onClick={() => onChoose([field])}>
              View both
            </Button>
          </Group>
        </Paper>
      )}
    </>
  )
}
