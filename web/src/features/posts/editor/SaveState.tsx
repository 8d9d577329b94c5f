import { Button, Group, Text } from '@mantine/core'
import { useEditing, useEditor } from './EditorContext'
import classes from './editor.module.css'
import { describeSave } from './saveLine'
import { firstRefused, showField } from './showField'

const colors = { saved: 'dimmed', saving: 'dimmed', unsaved: 'bright', problem: 'red' }
const actionNames = { retry: 'Retry', show: 'Show' }

/** Whether everything is saved, and if not, why. */
export function SaveState({ updatedAt }: { updatedAt: string | null }) {
  const { editing, onSave } = useEditor()
  const kind = useEditing((state) => describeSave(state, updatedAt).kind)
  const text = useEditing((state) => describeSave(state, updatedAt).text)
  const action = useEditing((state) => describeSave(state, updatedAt).action)
  const actions = {
    retry: onSave,
    show: () => {
      const refused = firstRefused(editing.get())
      if (refused !== null) showField(refused)
    },
  }
  return (
    <Group gap={6} className={classes.state}>
      <Text size="sm" role="status" fw={kind === 'saved' || kind === 'saving' ? 400 : 600} c={colors[kind]}>
        {text}
      </Text>
      {action !== null && (
        <Button size="compact-sm" variant="default" onClick={actions[action]}>
          {actionNames[action]}
        </Button>
      )}
    </Group>
  )
}
