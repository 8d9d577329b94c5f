import type { StateCommand } from '@codemirror/state'
import { Button, Group, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { removeLink, setImage, setLink } from './commands/insert'
import type { DialogStart } from './dialogs'

type Props = {
  dialog: Extract<DialogStart, { kind: 'link' | 'image' }>
  onDone: (command: StateCommand) => void
  onCancel: () => void
}

/** Addresses that a reader's browser runs instead of opening. */
const isUnsafe = (url: string) => /^\s*(?:javascript|vbscript|data):/i.test(url)

/** The address and text of a link, or the address and description of an image. */
export function LinkForm({ dialog: { kind, start, isExisting }, onDone, onCancel }: Props) {
  const [url, setUrl] = useState(start.url)
  const [text, setText] = useState(start.text)
  const [problem, setProblem] = useState('')
  const isLink = kind === 'link'

  const submit = (event: FormEvent) => {
    event.preventDefault()
    // The popover is inside the page's own form.
    event.stopPropagation()
    if (url.trim() === '') setProblem('Enter a URL.')
    else if (isUnsafe(url)) setProblem('Use a URL that starts with https://, or a path.')
    else onDone((isLink ? setLink : setImage)({ url, text }))
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="xs" w={280} maw="80vw">
        <TextInput
          label="URL"
          type="url"
          placeholder="https://…"
          value={url}
          error={problem}
          onChange={({ currentTarget }) => setUrl(currentTarget.value)}
          data-autofocus
        />
        <TextInput
          label={isLink ? 'Text' : 'Alt text'}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Group gap="xs" justify="flex-end">
          {isLink && isExisting && (
            <Button size="xs" variant="subtle" color="red" mr="auto" onClick={() => onDone(removeLink)}>
              Remove link
            </Button>
          )}
          <Button size="xs" variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button size="xs" type="submit">
            {isExisting ? 'Update' : 'Insert'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
