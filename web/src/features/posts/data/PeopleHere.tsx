import { Avatar, Tooltip } from '@mantine/core'
import type { PostId } from '../../../api/ids'
import type { PresenceUser } from '../../../api/types'
import { fieldWords } from '../../../ui/describeChange'

const most = 3

/** Who of the others has a post open: each person once, and as an editor if any of his pages edits. */
export function peopleAt(presence: readonly PresenceUser[], post: PostId, self: number): PresenceUser[] {
  const here = presence.filter(({ id, postId }) => postId === post && id !== self)
  const people = new Map(here.map((person) => [person.id, person]))
  for (const person of here) if (person.state === 'editing') people.set(person.id, person)
  return [...people.values()].sort((a, b) => a.name.localeCompare(b.name))
}

/**
 * The others at each post, as peopleAt has them. The list of a post whose people are as in `previous` is the same
 * object, so that only the rows whose people changed are rendered.
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
      return [post, old && doings(old) === doings(people) ? old : people]
    }),
  )
}

const doings = (people: readonly PresenceUser[]): string => people.map((person) => `${person.id} ${doing(person)}`).join()

const doing = ({ name, state, field }: PresenceUser) =>
  state === 'editing' ? `${name} is editing${field ? ` the ${fieldWords(field)}` : ''}` : `${name} is viewing`

/** The faces of those who have the post open. */
export function PeopleHere({ people }: { people: readonly PresenceUser[] }) {
  if (people.length === 0) return null
  const words = people.map(doing).join(', ')
  return (
    <Tooltip label={words}>
      <Avatar.Group role="img" aria-label={words}>
        {people.slice(0, most).map(({ id, name, state }) => (
          <Avatar key={id} name={name} color="petrol" variant={state === 'editing' ? 'filled' : 'light'} size="sm" aria-hidden />
        ))}
        {people.length > most && <Avatar size="sm">{`+${people.length - most}`}</Avatar>}
      </Avatar.Group>
    </Tooltip>
  )
}
