import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { PostImage } from '../preview/PostImage'
import { useEditing } from './EditorContext'
import classes from './editor.module.css'
import { TextField } from './TextField'

/** A pause in typing after which the address is loaded, in milliseconds. */
const loadAfter = 500

/** The cover image's address, with the image. */
export function CoverField() {
  const value = useEditing(({ draft }) => draft.mine.blogImage.trim())
  const [address] = useDebouncedValue(value, loadAfter)
  const [failed, setFailed] = useState<string | null>(null)
  const isUsable = /^(https?:\/\/|\/[^/\\])/i.test(address)
  return (
    <div>
      <TextField
        field="blogImage"
        placeholder="Image URL or path"
        description={isUsable && failed === address ? 'Couldn’t load this image.' : undefined}
      />
      {isUsable && failed !== address && (
        <PostImage
          src={address}
          label="Cover image"
          alt="Cover image"
          className={classes.cover}
          onError={() => setFailed(address)}
        />
      )}
    </div>
  )
}
