import type { CSSProperties, MouseEvent } from 'react'
import classes from './images.module.css'

export type ImageChoices = {
  host: string
  /** The alt text, or what kind of image it is. */
  name: string
  hasFailed: boolean
  onLoad: () => void
  onAllowHost: () => void
}

type Props = ImageChoices & { isWide: boolean; style: CSSProperties | undefined }

/** The placeholder of an image from another site. Its size does not depend on its text. */
export function ImagePlaceholder({ host, name, hasFailed, onLoad, onAllowHost, isWide, style }: Props) {
  return (
    <span
      role="group"
      aria-label={`${name}, image from ${host}`}
      className={isWide ? `${classes.placeholder} ${classes.wide}` : classes.placeholder}
      style={style}
      dir="ltr"
      onClick={stayHere}
    >
      <bdi className={classes.alt}>{name}</bdi>
      <span className={classes.note}>{hasFailed ? `Couldn’t load the image from ${host}.` : `Image from ${host}`}</span>
      <span className={classes.buttons}>
        <button type="button" className={classes.button} aria-label={`${hasFailed ? 'Try again' : 'Load image'}: ${name}`} onClick={onLoad}>
          {hasFailed ? 'Try again' : 'Load image'}
        </button>
        {!hasFailed && (
          <button type="button" className={classes.button} aria-label={`Always load from this host: ${host}`} onClick={onAllowHost}>
            Always load from this host
          </button>
        )}
      </span>
    </span>
  )
}

/** The placeholder may be inside a link or a summary. */
function stayHere(event: MouseEvent): void {
  event.preventDefault()
  event.stopPropagation()
}
