import { Affix, Button, Transition } from '@mantine/core'
import { IconArrowUp } from '@tabler/icons-react'

/** Tells a reader who is down the page that more came above, and leads there. */
export function ArrivalsButton({ count, noun }: { count: number; noun: string }) {
  return (
    <Affix position={{ top: 72, left: 0, right: 0 }} style={{ pointerEvents: 'none', textAlign: 'center' }} role="status">
      <Transition mounted={count > 0} transition="slide-down" duration={150}>
        {(style) => (
          <Button
            radius="xl"
            size="xs"
            style={{ ...style, pointerEvents: 'auto' }}
            leftSection={<IconArrowUp size={14} aria-hidden />}
            onClick={() => window.scrollTo({ top: 0 })}
          >
            {`${count} new ${noun}${count === 1 ? '' : 's'}`}
          </Button>
        )}
      </Transition>
    </Affix>
  )
}
