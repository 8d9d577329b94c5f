/** Folds a feed of changes, newest first: the consecutive changes of one author become one entry. */

/** The properties of a change that folding depends on. */
export type Foldable = {
  seq: number
  type: 'blog-created' | 'blog-updated' | 'blog-deleted' | 'blog-published'
  time: string
  actorId: number
  postId: number
  version: number
  published: boolean
  isRestore: boolean
}

/** Versions of one post by one author, newest first; most have one. */
type Fold<T> = { kind: 'versions'; key: number; items: [T, ...T[]] }
/** The same change of many posts by one author, newest first, such as an import. */
type Bulk<T> = { kind: 'bulk'; key: number; items: [T, ...T[]] }

/** Versions within this time, in milliseconds, are one entry. */
const window = 10 * 60_000
/** The minimum number of posts for which the same change is one entry. */
const minBulk = 4

/**
 * Groups the consecutive edits of one post by one author within ten minutes. Changes of other posts in between do not
 * end a group; any other change of the post does. A group has the place of its newest item.
 */
export function foldVersions<T>(items: readonly T[], describe: (item: T) => Foldable): Fold<T>[] {
  const open = new Map<number, { first: Foldable; last: Foldable; items: [T, ...T[]] }>()
  const groups: { last: Foldable; first: Foldable; items: [T, ...T[]] }[] = []
  for (const item of items.toReversed()) {
    const change = describe(item)
    const group = open.get(change.postId)
    if (group && isContinued(group, change)) {
      group.items.unshift(item)
      group.last = change
      continue
    }
    const started: (typeof groups)[number] = { first: change, last: change, items: [item] }
    open.set(change.postId, started)
    groups.push(started)
  }
  groups.sort((a, b) => b.last.seq - a.last.seq)
  return groups.map(({ first, items: grouped }) => ({ kind: 'versions', key: first.seq, items: grouped }))
}

function isContinued({ first, last }: { first: Foldable; last: Foldable }, next: Foldable): boolean {
  const isEdit = (change: Foldable) => change.type === 'blog-updated' && !change.isRestore
  return (
    isEdit(last) &&
    isEdit(next) &&
    last.actorId === next.actorId &&
    next.version === last.version + 1 &&
    Date.parse(next.time) - Date.parse(first.time) <= window
  )
}

/** Groups neighbours further: one author did the same to many posts. */
export function foldBulk<T>(folds: readonly Fold<T>[], describe: (item: T) => Foldable): (Fold<T> | Bulk<T>)[] {
  const runs: Fold<T>[][] = []
  for (const fold of folds) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    if (run && last && isSame(last, fold, describe)) run.push(fold)
    else runs.push([fold])
  }
  return runs.flatMap((run): (Fold<T> | Bulk<T>)[] => {
    const [first, ...rest] = run.flatMap(({ items }) => items)
    const key = run.at(-1)?.key
    return run.length < minBulk || !first || key === undefined ? run : [{ kind: 'bulk', key, items: [first, ...rest] }]
  })
}

function isSame<T>(newer: Fold<T>, older: Fold<T>, describe: (item: T) => Foldable): boolean {
  if (newer.items.length > 1 || older.items.length > 1) return false
  const a = describe(newer.items[0])
  const b = describe(older.items[0])
  const isNear = Date.parse(a.time) - Date.parse(b.time) <= window
  return kindOf(a) === kindOf(b) && a.type !== 'blog-updated' && a.actorId === b.actorId && a.postId !== b.postId && isNear
}

/** Creations and restores are of one type, publications and their opposite too. */
const kindOf = ({ type, version, published }: Foldable): string =>
  type === 'blog-created' ? `${type} ${version === 1}` : type === 'blog-published' ? `${type} ${published}` : type
