/**
 * The open forms of this page. A form outlives its component while it has unsaved text: leaving the editor sends the
 * text, and a failed save is still retried. Opening the same post again finds the same form.
 */
import type { Post, PostId } from '@wiredesk/client'
import { Autosave } from './autosave'
import type { Values } from '../data/fields'
import { start, unpack, type Draft } from './draft'
import { DraftRecorder } from './draftRecorder'
import {
  deleteDraft,
  listDrafts,
  newSubject,
  onBeforeListing,
  postSubject,
  recordKey,
  type DraftRecord,
  type Subject,
} from './draftStorage'
import { Editing } from './editing'
import type { EditingPorts } from './editingState'
import { moveLegacyDrafts } from './legacyDrafts'
import { preferences, watchPreferences } from './preferences'
import { RejectedTexts } from './rejectedTexts'
import type { TextSource } from '../data/textSource'
import { thisTab } from './tabs'

/** Text restored from the storage: the time it was stored, the values it replaced, and its own values. */
type Restored = { at: number; before: Partial<Values>; text: Partial<Values> }

type Options = {
  userId: number
  /** Names a new post until it has an id; unused for a post that exists. */
  newId: string
  post: Post | null
  prefilled: Partial<Values>
  ports: EditingPorts
  signIn: SignIn
}

/** After a sign-out, nothing more is sent or stored. */
export type SignIn = { isOver: () => boolean; subscribe: (listener: () => void) => () => void }

/** The maximum wait of a sign-out for the last save, in milliseconds. */
const signOutWait = 3_000

const sessions = new Map<string, EditorSession>()

export class EditorSession {
  readonly userId: number
  readonly editing: Editing
  readonly autosave: Autosave
  readonly recorder: DraftRecorder
  readonly rejected: RejectedTexts
  /** The content, for an editor outside React. */
  readonly content: TextSource
  readonly restored: Restored | null
  /** Texts of closed tabs that belong to the same post, or to new posts. */
  readonly others: readonly DraftRecord[]
  readonly #signIn: SignIn
  readonly #ends: (() => void)[] = []
  #attached = 0
  #postId: PostId | null

  constructor(options: Options, found: Found) {
    const { userId, newId, post, prefilled, ports } = options
    const { own, tab } = found
    const before = start(post, prefilled)
    const draft = own ? unpack(post, own.draft, prefilled) : before
    this.userId = userId
    this.#signIn = options.signIn
    this.others = found.others
    this.editing = new Editing(draft, post?.id ?? null, userId, ports)
    if (post) this.editing.receive(post)
    this.restored = own && this.editing.isUnsaved() ? restoredFrom(own, before, this.editing.get().draft) : null
    this.autosave = new Autosave(this.editing, { isOn: () => preferences().isAutosaveOn }, this.restored !== null)
    this.recorder = new DraftRecorder(this.editing, { userId, tab, newId }, own?.key ?? null)
    this.rejected = new RejectedTexts(userId, this.recorder.subject, ports.newKey)
    this.content = contentOf(this.editing)
    this.#postId = post?.id ?? null
    this.#ends.push(
      watchPreferences(this.autosave.nudge),
      onBeforeListing(this.#finish),
      this.editing.watch(this.#onChange),
      options.signIn.subscribe(() => this.#signIn.isOver() && this.#end()),
    )
    this.rejected.load().catch(() => undefined) // The recorder reports a storage that fails.
    sessions.set(sessionKey(userId, this.recorder.subject()), this)
  }

  /** Marks the form as mounted until the returned function is called. */
  attach = (): (() => void) => {
    this.#attached += 1
    const onHide = () => document.visibilityState === 'hidden' && this.#leave()
    const onBack = () => this.autosave.nudge()
    document.addEventListener('visibilitychange', onHide)
    window.addEventListener('pagehide', this.#leave)
    window.addEventListener('online', onBack)
    return () => {
      document.removeEventListener('visibilitychange', onHide)
      window.removeEventListener('pagehide', this.#leave)
      window.removeEventListener('online', onBack)
      this.#attached -= 1
      if (this.#signIn.isOver()) return this.#end()
      this.#leave()
      this.#onChange()
    }
  }

  /** Moves the text of a closed tab into this form, which must have nothing unsaved, and takes over its record. */
  adopt = (record: DraftRecord, post: Post | null): void => {
    this.editing.load(unpack(post, record.draft))
    if (post) this.editing.receive(post)
    void this.recorder.flush().then(() => deleteDraft(record.key)).catch(() => undefined)
  }

  #leave = (): void => {
    this.autosave.flush()
    void this.recorder.flush()
  }

  #onChange = (): void => {
    const { postId } = this.editing.get()
    if (postId !== this.#postId) {
      this.#postId = postId
      this.rejected.move()
      const old = [...sessions].find(([, session]) => session === this)?.[0]
      if (old !== undefined) sessions.set(old.replace(/[^/]*$/, this.recorder.subject()), this)
    }
    if (this.#attached === 0 && !this.editing.isUnsaved()) this.#end()
  }

  /** Saves the text within signOutWait, or stores it. */
  #finish = async (): Promise<void> => {
    this.autosave.flush()
    await Promise.race([this.editing.settled(), new Promise((resolve) => setTimeout(resolve, signOutWait))])
    await this.recorder.flush()
  }

  #end(): void {
    this.autosave.stop()
    if (!this.#signIn.isOver()) void this.recorder.flush()
    this.recorder.stop()
    for (const end of this.#ends.splice(0)) end()
    for (const [key, session] of sessions) if (session === this) sessions.delete(key)
  }
}

function contentOf(editing: Editing): TextSource {
  const get = () => editing.get().draft.mine.content
  return {
    get,
    set: (text) => editing.edit('content', text),
    changedBy: () => editing.get().contentBy,
    watch: (watcher) => {
      let seen = get()
      return editing.watch(() => {
        const text = get()
        if (text === seen) return
        seen = text
        watcher()
      })
    },
  }
}

const sessionKey = (userId: number, subject: Subject) => `${userId}/${subject}`

function restoredFrom(own: DraftRecord, before: Draft, now: Draft): Restored {
  const names = Object.keys(own.draft.mine)
  const only = (values: Values) => Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))
  return { at: own.at, before: only(before.mine), text: only(now.mine) }
}

type Found = { tab: string; own: DraftRecord | null; others: readonly DraftRecord[] }

/** The form of a post that is already open in this page; null without one. */
export function findSession(userId: number, postId: PostId | null, newId: string): EditorSession | null {
  return sessions.get(sessionKey(userId, postId === null ? newSubject(newId) : postSubject(postId))) ?? null
}

/** Opens the form of a post, with the text that this tab stored before. `restoreKey` names a closed tab's record instead. */
export async function openSession(options: Options, restoreKey: string | null = null): Promise<EditorSession> {
  const { userId, post, newId } = options
  const found = await findRecords(userId, post?.id ?? null, newId, restoreKey)
  return findSession(userId, post?.id ?? null, newId) ?? new EditorSession(options, found)
}

async function findRecords(userId: number, postId: PostId | null, newId: string, restoreKey: string | null): Promise<Found> {
  const tab = await thisTab().catch(() => null)
  if (tab === null) return { tab: newId, own: null, others: [] }
  try {
    await moveLegacyDrafts(userId)
    const subject = postId === null ? newSubject(newId) : postSubject(postId)
    const records = await listDrafts(userId, postId === null ? 'new-' : subject)
    const wanted = restoreKey ?? recordKey(userId, subject, tab.id)
    const own = records.find(({ key }) => key === wanted) ?? null
    const openTabs = await tab.openTabs()
    const isOpen = (record: DraftRecord) =>
      record.tab === tab.id ? sessions.has(sessionKey(userId, record.subject)) : openTabs.has(record.tab)
    return { tab: tab.id, own, others: records.filter((record) => record !== own && !isOpen(record)) }
  } catch {
    return { tab: tab.id, own: null, others: [] } // The recorder reports a storage that fails.
  }
}
