import type { Range } from './tokenDiff'

/** Lines [fromA, toA) are unchanged at another place of the second text, as [fromB, toB). */
export type Move = Range

/** The minimum length of a moved block, in characters: short lines repeat by chance. */
const minCharacters = 24

/** Finds the blocks that were deleted in one place and inserted in another, among the lines without a counterpart. */
export function findMoves(a: readonly string[], b: readonly string[], unmatched: readonly Range[]): Move[] {
  const freeA = new Set(unmatched.flatMap(({ fromA, toA }) => numbers(fromA, toA)))
  const freeB = new Set(unmatched.flatMap(({ fromB, toB }) => numbers(fromB, toB)))
  const placesOf = uniquePlaces(a, freeA)
  const moves: Move[] = []
  for (const line of freeB) {
    const from = placesOf.get(b[line] ?? '')
    if (from === undefined || !freeA.has(from)) continue
    const move = extend(a, b, { fromA: from, toA: from + 1, fromB: line, toB: line + 1 }, freeA, freeB)
    if (a.slice(move.fromA, move.toA).join('').trim().length < minCharacters) continue
    moves.push(move)
    for (const used of numbers(move.fromA, move.toA)) freeA.delete(used)
    for (const used of numbers(move.fromB, move.toB)) freeB.delete(used)
  }
  return moves
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

/** Each line that is not blank and occurs once among the free ones, with its number. */
function uniquePlaces(lines: readonly string[], free: ReadonlySet<number>): Map<string, number> {
  const places = new Map<string, number>()
  const repeated = new Set<string>()
  for (const number of free) {
    const line = lines[number] ?? ''
    if (places.has(line)) repeated.add(line)
    places.set(line, number)
  }
  for (const [line] of places) if (repeated.has(line) || line.trim() === '') places.delete(line)
  return places
}

/** Grows the block downwards over equal lines, and leaves out blank lines at its end. */
function extend(a: readonly string[], b: readonly string[], start: Move, freeA: Set<number>, freeB: Set<number>): Move {
  let { toA, toB } = start
  while (freeA.has(toA) && freeB.has(toB) && a[toA] === b[toB]) {
    toA++
    toB++
  }
  while (a[toA - 1]?.trim() === '') {
    toA--
    toB--
  }
  return { ...start, toA, toB }
}
