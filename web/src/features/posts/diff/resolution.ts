/** The state of a merge with conflicts: the result text with the place of each conflict in it. It imports no framework. */
import type { Region } from '../data/merge'

export type Choice = 'mine' | 'theirs' | 'both' | 'combined'

/** How a conflict was decided; null while it is not. `edited`: by typing into the result. */
export type Decision = Choice | 'edited' | null

/** One conflict; each line ends with a line break. `combined` has the changes of both by words, if they can be combined. */
export type Hunk = { base: string; mine: string; theirs: string; combined: string | null }

/** The place of a hunk in the result, in UTF-16 offsets. */
export type HunkPlace = { from: number; to: number; decision: Decision }

/** Lines of the result that one side alone changed. */
export type MergedPlace = { from: number; to: number; by: 'mine' | 'theirs' }

export type Plan = { text: string; hunks: Hunk[]; places: HunkPlace[]; merged: MergedPlace[] }

/**
 * Starts a result: it has the changes of both sides, and the base where they conflict. Each of its lines ends with a
 * line break, the last one too, so that any lines fit together; finalText removes the extra one.
 */
export function planResult(
  regions: readonly Region[],
  combine: (base: string, mine: string, theirs: string) => string | null,
): Plan {
  const plan: Plan = { text: '', hunks: [], places: [], merged: [] }
  for (const { kind, ...lines } of regions) {
    const from = plan.text.length
    const [base, mine, theirs] = [textOf(lines.base), textOf(lines.mine), textOf(lines.theirs)]
    plan.text += kind === 'conflict' ? base : kind === 'theirs' ? theirs : mine
    const to = plan.text.length
    if (kind === 'mine' || kind === 'theirs') plan.merged.push({ from, to, by: kind })
    if (kind !== 'conflict') continue
    plan.hunks.push({ base, mine, theirs, combined: combine(base, mine, theirs) })
    plan.places.push({ from, to, decision: null })
  }
  return plan
}

const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')

/** The result without the line break that planResult added. */
export const finalText = (result: string): string => result.replace(/\n$/, '')

/** The text that a choice puts into the place of the hunk. */
export function chosenText(hunk: Hunk, choice: Choice): string {
  switch (choice) {
    case 'mine':
      return hunk.mine
    case 'theirs':
      return hunk.theirs
    case 'combined':
      return hunk.combined ?? bothTexts(hunk)
    case 'both':
      return bothTexts(hunk)
  }
}

/** Mine, then theirs. Two paragraphs get a blank line between them: without it Markdown makes them one. */
function bothTexts({ mine, theirs }: Hunk): string {
  const isJoined = isProse(mine.split('\n').at(-2)) && isProse(theirs.split('\n')[0])
  return isJoined ? `${mine}\n${theirs}` : mine + theirs
}

/** A line that Markdown would join with the next: no list item, quote, table row, heading, fence or blank line. */
const isProse = (line = '') => line.trim() !== '' && !/^\s|^([-*+>|#]|\d+[.)]\s|`{3}|~{3}|<)/.test(line)

export const undecided = (decisions: readonly Decision[]): number =>
  decisions.filter((decision) => decision === null).length

/** "2 conflicts left". */
export function conflictsLeft(count: number): string {
  if (count === 0) return 'All conflicts resolved'
  return `${count} ${count === 1 ? 'conflict' : 'conflicts'} left`
}
