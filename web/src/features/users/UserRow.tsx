import { ActionIcon, Badge, Menu, NativeSelect, Table, Text } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import type { User } from '@wiredesk/client'
import { type Proposal, roleLabel, roles } from './users'

type Props = {
  user: User
  self: number
  isBusy: boolean
  onPropose: (proposal: Proposal) => void
  onReset: (user: User) => void
}

/** One user, with the settings that an administrator may change. */
export function UserRow({ user, self, isBusy, onPropose, onReset }: Props) {
  const { id, name, email, role, disabled } = user
  const chooseRole = (value: string) => {
    const chosen = roles.find((option) => option.value === value)
    if (chosen) onPropose({ user, change: { role: chosen.value }, title: `Change ${name}’s role to ${roleLabel(chosen.value)}?` })
  }
  const toggle = () =>
    onPropose({ user, change: { disabled: !disabled }, title: disabled ? `Enable ${name}?` : `Disable ${name}?` })
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600} dir="auto">
          {name}
          {id === self && ' (you)'}
        </Text>
      </Table.Td>
      <Table.Td>{email}</Table.Td>
      <Table.Td>
        <NativeSelect
          aria-label={`Role of ${name}`}
          data={roles}
          value={role}
          w={120}
          disabled={isBusy}
          onChange={({ currentTarget }) => chooseRole(currentTarget.value)}
        />
      </Table.Td>
      <Table.Td>
        <Badge color={disabled ? 'red' : 'teal'} variant="dot">
          {disabled ? 'Disabled' : 'Active'}
        </Badge>
      </Table.Td>
      <Table.Td ta="end">
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" aria-label={`Actions for ${name}`}>
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => onReset(user)}>Reset password</Menu.Item>
            <Menu.Item disabled={isBusy} onClick={toggle}>
              {disabled ? 'Enable' : 'Disable'}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  )
}
