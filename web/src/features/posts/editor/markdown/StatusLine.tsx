import { Text, UnstyledButton } from '@mantine/core'
import { useState, useSyncExternalStore } from 'react'
import classes from './markdown.module.css'
import { StatsStore } from './statsStore'
import type { Person } from './surface'
import type { TextSource } from '../../data/textSource'
import { maxBytes, type TextStats } from './textStats'

const number = new Intl.NumberFormat('en')

/** The length of the text, and the lines of the other users. */
export function StatusLine({ source, people, onGoToLine }: { source: TextSource; people: readonly Person[]; onGoToLine: (line: number) => void }) {
  return (
    <div className={classes.status}>
      <Statistics key={keyOf(source)} source={source} />
      {people.length > 0 && (
        <ul aria-label="Also editing" className={classes.people}>
          {people.map(({ name, line }) => (
            <li key={`${name} ${line}`}>
              <UnstyledButton className={classes.person} onClick={() => onGoToLine(line)} aria-label={`${name}, line ${line}. Go to the line`}>
                {name}, line {line}
              </UnstyledButton>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

const keys = new WeakMap<TextSource, number>()
let lastKey = 0

/** One key for each source, so that the statistics start anew with another text. */
function keyOf(source: TextSource): number {
  const key = keys.get(source) ?? ++lastKey
  keys.set(source, key)
  return key
}

function Statistics({ source }: { source: TextSource }) {
  const [store] = useState(() => new StatsStore(source))
  const { words, minutes, bytes } = useSyncExternalStore(store.watch, store.get)
  return (
    <>
      <Text component="span" size="xs" c="dimmed">
        {number.format(words)} {words === 1 ? 'word' : 'words'} · {minutes} min read
      </Text>
      {bytes !== null && <Size bytes={bytes} />}
    </>
  )
}

function Size({ bytes }: { bytes: NonNullable<TextStats['bytes']> }) {
  const isTooLong = bytes > maxBytes
  return (
    <Text component="span" size="xs" c={isTooLong ? 'red' : 'dimmed'} fw={isTooLong ? 600 : 400} role={isTooLong ? 'alert' : undefined}>
      {isTooLong
        ? `Too long to save: ${number.format(bytes)} of ${number.format(maxBytes)} bytes. Remove at least ${number.format(bytes - maxBytes)} bytes.`
        : `${number.format(bytes)} of ${number.format(maxBytes)} bytes`}
    </Text>
  )
}
