import { ExternalImage } from './ExternalImage'
import { imageAddress } from './imageAddress'

type Props = {
  src: string
  /** The kind of image, for its placeholder. */
  label: string
  alt?: string
  className?: string | undefined
  placeholder?: 'wide' | 'icon'
  /** An image of the dashboard's own origin cannot be loaded, or the address is not valid. */
  onError?: () => void
}

/** The image of a field. Images of the dashboard's own origin load at once. */
export function PostImage({ src, label, alt = '', className, placeholder = 'wide', onError }: Props) {
  const address = imageAddress(src)
  if (address.kind === 'external') {
    return <ExternalImage key={address.url} {...{ address, alt, label, className, placeholder }} />
  }
  return <img className={className} loading="lazy" alt={alt} src={address.kind === 'own' ? src : undefined} onError={onError} />
}
