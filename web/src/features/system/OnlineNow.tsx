import { Avatar, Tooltip } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { PresenceUser } from '@wiredesk/client'
import { useLive } from '@wiredesk/react'

const maxWide = 4
const maxNarrow = 1

/** The other users online. */
export function OnlineNow({ self }: { self: number }) {
  const people = others(useLive().presence, self)
  const maxShown = useMediaQuery('(max-width: 47.99em)', false, { getInitialValueInEffect: false }) ? maxNarrow : maxWide
  if (people.length === 0) return null
  const names = people.map(({ name }) => name).join(', ')
  return (
    <Tooltip label={`Online: ${names}`}>
      <Avatar.Group spacing={6} role="img" aria-label={`Online: ${names}`}>
        {people.slice(0, maxShown).map(({ id, name }) => (
          <Avatar key={id} name={name} color="petrol" variant="default" size={30} aria-hidden />
        ))}
        {people.length > maxShown && <Avatar size={30}>{`+${people.length - maxShown}`}</Avatar>}
      </Avatar.Group>
    </Tooltip>
  )
}

/** Each user once, however many pages they have open, without the user themself. */
function others(presence: readonly PresenceUser[], self: number): PresenceUser[] {
  const byId = new Map(presence.map((user) => [user.id, user]))
  byId.delete(self)
  return [...byId.values()].sort((a, b) => a.name.localeCompare(b.name))
}
