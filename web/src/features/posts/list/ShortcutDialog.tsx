import { Kbd, Modal, Switch, Table } from '@mantine/core'

type Props = { canWrite: boolean; isOn: boolean; onSwitch: (isOn: boolean) => void; onClose: () => void }

/** The help for the keyboard shortcuts of the list. */
export function ShortcutDialog({ canWrite, isOn, onSwitch, onClose }: Props) {
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts">
      <Table>
        <Table.Tbody>
          <Shortcut keys={['/']} does="Search posts" />
          {canWrite && <Shortcut keys={['n']} does="New post" />}
          <Shortcut keys={['?']} does="Keyboard shortcuts" />
          <Shortcut keys={['Ctrl', 'Z']} does="Undo the last action, while its notification is open" />
        </Table.Tbody>
      </Table>
      <Switch
        mt="md"
        label="Single-key shortcuts"
        checked={isOn}
        onChange={({ currentTarget }) => onSwitch(currentTarget.checked)}
      />
    </Modal>
  )
}

function Shortcut({ keys, does }: { keys: string[]; does: string }) {
  return (
    <Table.Tr>
      <Table.Td w={110}>
        {keys.map((key) => (
          <Kbd key={key} mr={4}>
            {key}
          </Kbd>
        ))}
      </Table.Td>
      <Table.Td>{does}</Table.Td>
    </Table.Tr>
  )
}
