import { Avatar, Tooltip } from '@mantine/core'
import type { PostId, PresenceUser } from '@wiredesk/client'
import { fieldWords } from '../../../ui/describeChange'

const maxShown = 3

/** The other users with the post open, each once: editing if any of their pages edits it. */
export function peopleAt(presence: readonly PresenceUser[], post: PostId, self: number): PresenceUser[] {
  const here = presence.filter(({ id, postId }) => postId === post && id !== self)
  const people = new Map(here.map((person) => [person.id, person]))
  for (const person of here) if (person.state === 'editing') people.set(person.id, person)
  return [...people.values()].sort((a, b) => a.name.localeCompare(b.name))
}

/**
 * The others at each post, as peopleAt has them. A list that equals the one in `previous` is the same object, so
 * that only rows with other users are rendered.
 */
export function peopleByPost(
  presence: readonly PresenceUser[],
  self: number,
  previous: ReadonlyMap<number, PresenceUser[]>,
): ReadonlyMap<number, PresenceUser[]> {
  const posts = new Set(presence.flatMap(({ postId }) => postId ?? []))
  return new Map(
    [...posts].map((post) => {
      const people = peopleAt(presence, post, self)
      const old = previous.get(post)
      return [post, old && describeAll(old) === describeAll(people) ? old : people]
    }),
  )
}

const describeAll = (people: readonly PresenceUser[]): string => people.map((person) => `${person.id} ${describe(person)}`).join()

const describe = ({ name, state, field }: PresenceUser) =>
  state === 'editing' ? `${name} is editing${field ? ` the ${fieldWords(field)}` : ''}` : `${name} is viewing`

/** The avatars of the users with the post open. */
export function PeopleHere({ people }: { people: readonly PresenceUser[] }) {
  if (people.length === 0) return null
  const words = people.map(describe).join(', ')
  return (
    <Tooltip label={words}>
      <Avatar.Group role="img" aria-label={words}>
        {people.slice(0, maxShown).map(({ id, name, state }) => (
          <Avatar key={id} name={name} color="petrol" variant={state === 'editing' ? 'filled' : 'light'} size="sm" aria-hidden />
        ))}
        {people.length > maxShown && <Avatar size="sm">{`+${people.length - maxShown}`}</Avatar>}
      </Avatar.Group>
    </Tooltip>
  )
}
