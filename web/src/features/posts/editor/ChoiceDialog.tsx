import { Button, Group, Modal, Stack, Text, Title } from '@mantine/core'
import { Ago } from '../../../ui/Ago'
import { useDesk } from './Desk'
import { DiffView } from './DiffView'
import { combined, keepMine, takeBoth, takeTheirs, type Draft, type Field } from './draft'
import { fieldLabels, inFull } from '../data/fieldTexts'

type Props = { fields: readonly Field[]; onClose: () => void }

/** Mine and theirs of each disputed field beside each other, and the choice between them. */
export function ChoiceDialog({ fields, onClose }: Props) {
  const { draft, editing } = useDesk()
  const open = fields.filter((field) => draft.conflicts[field])
  const choose = (step: (draft: Draft, field: Field) => Draft, field: Field) => {
    editing.step((now) => step(now, field))
    if (open.length === 1) onClose()
  }
  return (
    <Modal opened={open.length > 0} onClose={onClose} size="80rem" title="Changed by you and by somebody else">
      <Stack gap="xl">
        {open.map((field) => {
          const conflict = draft.conflicts[field]
          const who = conflict?.by ?? 'Somebody'
          return (
            <section key={field} aria-label={fieldLabels[field]}>
              <Title order={3}>{fieldLabels[field]}</Title>
              <Text size="sm" c="dimmed" mb="xs">
                {who} saved this while you were writing, {conflict && <Ago at={conflict.at} />}
              </Text>
              <DiffView
                left={inFull(field, draft.mine)}
                right={inFull(field, draft.base)}
                leftLabel="Mine"
                rightLabel={`Theirs (${who})`}
              />
              <Group gap="xs" mt="xs">
                <Button variant="default" onClick={() => choose(keepMine, field)}>
                  Keep mine
                </Button>
                <Button variant="default" onClick={() => choose(takeTheirs, field)}>
                  Take theirs
                </Button>
                {combined(draft, field) !== null && (
                  <Button onClick={() => choose(takeBoth, field)}>Take both: they are different lines</Button>
                )}
              </Group>
            </section>
          )
        })}
      </Stack>
    </Modal>
  )
}
