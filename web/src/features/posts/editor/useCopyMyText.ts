import { notifications } from '@mantine/notifications'
import { copyText } from '../../../ui/copyText'
import { fieldsToCopy, textToCopy } from './copyText'
import { useEditor } from './EditorContext'

/** Copies the unsaved text, or the title and content when nothing is unsaved. */
export function useCopyMyText(): () => void {
  const { editing } = useEditor()
  return () => {
    const { draft } = editing.get()
    void copyAndReport(textToCopy(draft) || fieldsToCopy(['title', 'content'], draft.mine))
  }
}

export async function copyAndReport(text: string): Promise<void> {
  const isCopied = await copyText(text)
  notifications.show(
    isCopied
      ? { message: 'Copied.', autoClose: 3_000 }
      : { message: 'Couldn’t copy: the browser blocked clipboard access. Select the text and copy it manually.', color: 'red' },
  )
}
