import { Kbd, Modal, Table, Text, Title } from '@mantine/core'
import { type ActionId, actionIds, actionOf, isMac, keyText } from './actions'

type Row = { label: string; keys: readonly string[] }

const other: readonly (Row & { mac?: readonly string[] })[] = [
  { label: 'Save', keys: ['Mod-S'] },
  { label: 'Find next or previous', keys: ['F3', 'Shift-F3'] },
  { label: 'Add next match to selection', keys: ['Mod-D'] },
  { label: 'Go to line', keys: ['Mod-Alt-G'] },
  { label: 'Move line', keys: ['Alt-ArrowUp', 'Alt-ArrowDown'] },
  { label: 'Copy line', keys: ['Shift-Alt-ArrowUp', 'Shift-Alt-ArrowDown'] },
  { label: 'Paste without formatting', keys: ['Mod-Shift-V'] },
  { label: 'Indent or outdent a list item', keys: ['Tab', 'Shift-Tab'] },
]

function rowOf(id: ActionId, onMac: boolean): Row {
  const { label, key, mac } = actionOf(id)
  const own = onMac ? (mac ?? key) : key
  const extra = id === 'redo' && !onMac ? ['Ctrl-Shift-Z'] : id === 'help' ? ['F1'] : []
  return { label, keys: own ? [own, ...extra] : extra }
}

/** All shortcuts of the editor, in the keys of this computer. */
export function HelpDialog({ opened, onClose, onClosed }: { opened: boolean; onClose: () => void; onClosed: () => void }) {
  const onMac = isMac()
  const rows = [...actionIds.map((id) => rowOf(id, onMac)), ...other]
  return (
    <Modal opened={opened} onClose={onClose} onExitTransitionEnd={onClosed} returnFocus={false} title="Keyboard shortcuts" size="lg">
      <Text size="sm" mb="sm">
        Tab moves to the next control, except in a list, where it indents the item. To leave a list with the keyboard, press
        Esc and then Tab or Shift+Tab. In the toolbar the arrow keys move between the buttons.
      </Text>
      <Table withRowBorders={false} verticalSpacing={4}>
        <Table.Tbody>
          {rows.map(({ label, keys }) => (
            <Table.Tr key={label}>
              <Table.Th scope="row" fw={400}>
                {label}
              </Table.Th>
              <Table.Td ta="right">
                {keys.map((key, i) => (
                  <span key={key}>
                    {i > 0 && ' or '}
                    <Kbd>{keyText(key, onMac)}</Kbd>
                  </span>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Title order={3} size="h4" mt="md">
        Plain text mode
      </Title>
      <Text size="sm">
        The text is in a plain text area, without colors, focus mode and the margin. Find is the browser&apos;s, and a change
        by a colleague above the visible part moves the text. Undo reverts your own typing only, as in the other mode.
      </Text>
    </Modal>
  )
}
