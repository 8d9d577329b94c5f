import { useState } from 'react'
import { session } from '../api/session'
import { deleteUnsavedTexts, listUnsavedTexts, type UnsavedText } from '../features/posts/editor/draftStorage'

export type SignOutQuestion = {
  /** The unsaved texts to ask about; null while the dialog is closed. */
  unsaved: readonly UnsavedText[] | null
  cancel: () => void
  keep: () => void
  remove: () => void
}

/** Signs out; first asks about the user's unsaved text in this browser, if there is any. */
export function useSignOut(userId: number): SignOutQuestion & { start: () => void } {
  const [unsaved, setUnsaved] = useState<readonly UnsavedText[] | null>(null)
  const signOut = async () => {
    setUnsaved(null)
    await session.logout()
  }
  return {
    unsaved,
    start: () =>
      void listUnsavedTexts(userId)
        .catch(() => [])
        .then((texts) => (texts.length > 0 ? setUnsaved(texts) : signOut())),
    cancel: () => setUnsaved(null),
    keep: () => void signOut(),
    remove: () => void deleteUnsavedTexts(userId).then(signOut),
  }
}
