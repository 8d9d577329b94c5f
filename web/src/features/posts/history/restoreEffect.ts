import type { StoredEvent } from '@wiredesk/client'
import { hasText } from '../data/versions'

/** The effect of a restore on the state of the post, for the dialog. */
export function restoreEffect(newest: StoredEvent, isSame = false): string {
  if (isSame) return 'This version has the same text as the current version.'
  if (!hasText(newest)) return 'The post is restored as a draft with the text of this version. Readers do not see it until you publish it.'
  if (!newest.data.published) return 'The post stays a draft.'
  return 'The post stays published. Readers see the restored text only after you publish changes.'
}
