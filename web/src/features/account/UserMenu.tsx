import { Avatar, Menu, Text, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconLogout, IconMoon, IconSun, IconUserCircle } from '@tabler/icons-react'
import { Link } from 'react-router'
import { useSession } from '../login/useSession'

const icon = { size: 18, 'aria-hidden': true }

/** The signed-in user, the account page, the appearance, and signing out. */
export function UserMenu({ onSignOut }: { onSignOut: () => void }) {
  const { user } = useSession()
  const { toggleColorScheme } = useMantineColorScheme()
  const dark = useComputedColorScheme() === 'dark'
  if (user === null) return null
  return (
    <Menu position="bottom-end" width={260} shadow="md">
      <Menu.Target>
        <UnstyledButton aria-label={`${user.name}: account and sign out`}>
          <Avatar name={user.name} color="petrol" variant="filled" size={34} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Text px="sm" pt="xs" fw={600} truncate>
          {user.name}
        </Text>
        <Text px="sm" pb="xs" size="sm" c="dimmed" truncate>
          {user.email} · {user.role}
        </Text>
        <Menu.Divider />
        <Menu.Item component={Link} to="/account" leftSection={<IconUserCircle {...icon} />}>
          Account
        </Menu.Item>
        <Menu.Item leftSection={dark ? <IconSun {...icon} /> : <IconMoon {...icon} />} onClick={toggleColorScheme}>
          {dark ? 'Light mode' : 'Dark mode'}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout {...icon} />} onClick={onSignOut}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
