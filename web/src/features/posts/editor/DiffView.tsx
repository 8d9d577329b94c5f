import { useMemo } from 'react'
import classes from './editor.module.css'
import { lineDiff, type DiffRow, type Part } from './lineDiff'

type Props = { left: string; right: string; leftLabel: string; rightLabel: string }

/** Two texts side by side, line by line; under each other on a narrow screen. */
export function DiffView({ left, right, leftLabel, rightLabel }: Props) {
  const rows = useMemo(() => lineDiff(left, right), [left, right])
  return (
    <table className={classes.diff}>
      <thead>
        <tr>
          <th scope="col">{leftLabel}</th>
          <th scope="col">{rightLabel}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>{cells(row)}</tr>
        ))}
      </tbody>
    </table>
  )
}

function cells(row: DiffRow) {
  switch (row.kind) {
    case 'same':
      return (
        <>
          <td>{row.text}</td>
          <td className={classes.again}>{row.text}</td>
        </>
      )
    case 'skipped':
      return (
        <td colSpan={2} className={classes.skipped}>
          {row.lines} lines that are the same
        </td>
      )
    case 'changed':
      return (
        <>
          <td className={row.left ? classes.left : classes.again}>{row.left && <del>{parts(row.left)}</del>}</td>
          <td className={row.right ? classes.right : classes.again}>{row.right && <ins>{parts(row.right)}</ins>}</td>
        </>
      )
  }
}

const parts = (all: Part[]) =>
  all.map(({ text, isChanged }, index) => (isChanged ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>))
