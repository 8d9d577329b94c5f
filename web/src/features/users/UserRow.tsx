import { ActionIcon, Badge, Menu, NativeSelect, Table, Text } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import type { User } from '../../api/types'
import { roles, type UserChange } from './users'

type Props = { user: User; self: number; onChange: (change: UserChange) => void; onReset: (user: User) => void }

/** One user, with what an administrator may change. */
export function UserRow({ user, self, onChange, onReset }: Props) {
  const { id, name, email, role, disabled } = user
  const pick = (value: string) => {
    const chosen = roles.find((option) => option.value === value)
    if (chosen) onChange({ id, change: { role: chosen.value } })
  }
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
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
          onChange={({ currentTarget }) => pick(currentTarget.value)}
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
            <Menu.Item onClick={() => onReset(user)}>Reset the password</Menu.Item>
            <Menu.Item onClick={() => onChange({ id, change: { disabled: !disabled } })}>
              {disabled ? 'Enable' : 'Disable'}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  )
}
