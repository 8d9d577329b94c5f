import { type CSSProperties, useRef, useState } from 'react'
import { allowImage, allowImageHost, type ExternalAddress, useImageAllowed } from '../../../ui/externalImages'
import { useSession } from '../../login/useSession'
import { ImageMenu } from './ImageMenu'
import { ImagePlaceholder } from './ImagePlaceholder'
import classes from './images.module.css'

type Props = {
  address: ExternalAddress
  alt: string
  /** The name on the placeholder of an image without alt text. */
  label?: string
  title?: string | undefined
  width?: string | undefined
  height?: string | undefined
  /** The class of the loaded image. */
  className?: string | undefined
  placeholder?: 'box' | 'wide' | 'icon'
}

/** Reserves the size of the placeholder. */
const loadingClass = { box: `${classes.loading} ${classes.loadingBox}`, wide: classes.loading, icon: '' }

/** An image of another site: a placeholder until its user loads it or has allowed the host. No request leaves before. */
export function ExternalImage({ address, alt, label = 'Image', title, width, height, className, placeholder = 'box' }: Props) {
  const owner = useSession().user?.id ?? null
  const isAllowed = useImageAllowed(owner, address)
  const [state, setState] = useState<'loading' | 'loaded' | 'failed'>('loading')
  const root = useRef<HTMLSpanElement>(null)
  const choose = (allow: () => void) => {
    root.current?.focus({ preventScroll: true }) // the button will be removed
    setState('loading')
    allow()
  }
  const choices = {
    host: address.host,
    name: alt || label,
    hasFailed: state === 'failed',
    onLoad: () => choose(() => allowImage(owner, address)),
    onAllowHost: () => choose(() => allowImageHost(owner, address.host)),
  }
  const style = sizeOf(width, height)
  return (
    <span ref={root} className={classes.image} tabIndex={-1}>
      {isAllowed && state !== 'failed' ? (
        <img
          className={state === 'loading' && !style ? `${className ?? ''} ${loadingClass[placeholder]}` : className}
          loading="lazy"
          referrerPolicy="no-referrer"
          alt={alt}
          title={title}
          width={width}
          height={height}
          onLoad={() => setState('loaded')}
          onError={() => setState('failed')}
          src={address.url}
        />
      ) : placeholder === 'icon' ? (
        <ImageMenu {...choices} />
      ) : (
        <ImagePlaceholder {...choices} isWide={placeholder === 'wide'} style={style} />
      )}
    </span>
  )
}

/** The smallest image, in pixels, whose size a placeholder can take. */
const minWidth = 220
const minHeight = 130

/** The size of the image, where its author gave one in which the placeholder fits. */
function sizeOf(width: string | undefined, height: string | undefined): CSSProperties | undefined {
  const [w, h] = [width, height].map((size) => (/^\d+(px)?$/.test(size ?? '') ? parseInt(size ?? '') : 0))
  if (!w || !h || w < minWidth || h < minHeight) return undefined
  return { width: w, aspectRatio: `${w} / ${h}` }
}
