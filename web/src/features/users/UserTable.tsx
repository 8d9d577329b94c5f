import { Card, Table, VisuallyHidden } from '@mantine/core'
import type { User } from '@wiredesk/client'
import type { Proposal } from './users'
import { UserRow } from './UserRow'
import classes from './UserTable.module.css'

type Props = {
  users: User[]
  /** The id of the signed-in user. */
  self: number
  isBusy: boolean
  onPropose: (proposal: Proposal) => void
  onReset: (user: User) => void
}

/** One row a user; on a narrow screen, one card. */
export function UserTable({ users, ...rest }: Props) {
  return (
    <Card withBorder padding={0}>
      <Table verticalSpacing="sm" horizontalSpacing="md" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Email</Table.Th>
            <Table.Th>Role</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {users.map((user) => (
            <UserRow key={user.id} user={user} {...rest} />
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  )
}
