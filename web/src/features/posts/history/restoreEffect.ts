import { hasText } from '../data/versions'
import type { StoredEvent } from '../../../api/types'

/** What a restore does to the state of the post, in words. */
export function restoreEffect(newest: StoredEvent, isSame = false): string {
  if (isSame) return 'This version has the same text as the current version.'
  if (!hasText(newest)) return 'The post comes back as a draft with the text of this version. Readers do not see it until you publish it.'
  if (!newest.data.published) return 'The post stays a draft.'
  return 'The post stays published. Readers see the restored text only after you publish changes.'
}
