import { Button } from '@mantine/core'
import { IconArrowUp } from '@tabler/icons-react'
import type { MouseEvent } from 'react'

type Props = {
  count: number
  noun: string
  /** `byKeyboard`: the button had the focus, which must move because the button is removed. */
  onShow: (byKeyboard: boolean) => void
}

/** Shows how many new items wait above, and on a click displays them. Put it into a ListBar, which reserves its place. */
export function NewItemsButton({ count, noun, onShow }: Props) {
  const show = ({ detail }: MouseEvent) => {
    window.scrollTo({ top: 0 })
    onShow(detail === 0)
  }
  return (
    <div role="status">
      {count > 0 && (
        <Button radius="xl" size="xs" leftSection={<IconArrowUp size={14} aria-hidden />} onClick={show}>
          {`${count} new ${noun}${count === 1 ? '' : 's'}`}
        </Button>
      )}
    </div>
  )
}
