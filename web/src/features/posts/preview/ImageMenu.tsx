import { ActionIcon, Menu } from '@mantine/core'
import { IconPhoto, IconPhotoOff } from '@tabler/icons-react'
import type { ImageChoices } from './ImagePlaceholder'
import classes from './images.module.css'

/** The placeholder of an image from another site that is too small for text. */
export function ImageMenu({ host, name, hasFailed, onLoad, onAllowHost }: ImageChoices) {
  const Icon = hasFailed ? IconPhotoOff : IconPhoto
  return (
    <Menu withinPortal>
      <Menu.Target>
        <ActionIcon variant="default" size={28} className={classes.round} aria-label={`${name}, image from ${host}`}>
          <Icon size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{hasFailed ? `Couldn’t load the image from ${host}.` : `Image from ${host}`}</Menu.Label>
        <Menu.Item onClick={onLoad}>{hasFailed ? 'Try again' : 'Load image'}</Menu.Item>
        {!hasFailed && <Menu.Item onClick={onAllowHost}>Always load from this host</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  )
}
