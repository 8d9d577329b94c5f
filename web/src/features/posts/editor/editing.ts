import { ApiError, type Post, type PostId } from '@wiredesk/client'
import { fieldErrors } from '../../../api/problem'
import { fields, isIdentical, pick, type Field, type Values } from '../data/fields'
import type { PendingSave } from '../data/posts'
import {
  conflictedFields,
  discard,
  dirtyFields,
  edit,
  firstUnknown,
  mergeField,
  note,
  receive,
  refused,
  replaceBase,
  reopen,
  resolve,
  saved,
  sendableFields,
  start,
  submit,
  type Change,
  type Conflict,
  type Draft,
  type Shown,
} from './draft'
import { checkDraft } from './checkDraft'
import type { Block, EditingPorts, EditingState, PublishResult, SaveResult } from './editingState'
import { personName } from './personName'

type SaveOptions = {
  /** Leaves refused fields out, and marks the version as an autosave. */
  autosave?: boolean
}

/** The most attempts of one save when each meets a newer version. */
const maxTries = 6

/**
 * The editing of one post: the draft, and its saves and publications. These run one after another. A
 * save without an answer is repeated under its own key before anything newer is sent, so that nothing is stored twice;
 * versions that arrive in between wait for its answer.
 */
export class Editing {
  #state: EditingState
  readonly #ports: EditingPorts
  readonly #userId: number
  readonly #watchers = new Set<() => void>()
  #held: Post | null = null
  #tail: Promise<unknown> = Promise.resolve()
  #askedFor: number | null = null
  #typed = 0
  #copy: PendingSave | null = null

  constructor(draft: Draft, postId: PostId | null, userId: number, ports: EditingPorts) {
    this.#ports = ports
    this.#userId = userId
    this.#state = {
      postId,
      draft: { ...draft, epoch: draft.epoch ?? ports.knownEpoch() },
      busy: null,
      failure: null,
      refusals: {},
      savedAt: null,
      block: null,
      replaced: null,
      contentBy: null,
    }
  }

  get = (): EditingState => this.#state

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  edit = <F extends Field>(field: F, value: Values[F]): void => {
    const draft = edit(this.#state.draft, field, value)
    if (draft === this.#state.draft) return
    this.#typed += 1
    this.#set({ draft, refusals: withoutField(this.#state.refusals, field) })
  }

  /** The number of edits by the user in this form. */
  get typed(): number {
    return this.#typed
  }

  /** Merges a later version of the post. */
  receive = (post: Post): void => {
    const { epoch } = this.#state.draft
    const known = this.#ports.knownEpoch()
    // Versions of two histories are not comparable: checkHistory replaces the base.
    if (epoch !== null && known !== null && epoch !== known) return
    if (this.#state.block === 'missing') return void (epoch !== null && this.#replace(post, epoch))
    if (this.#state.draft.pending !== null) {
      if (post.version > (this.#held?.version ?? 0)) this.#held = post
      return
    }
    const isBack = isRefusalOf(this.#state.failure, [404]) && post.version > this.#state.draft.version
    this.#change((draft) => receive(draft, post), post.updatedBy.name)
    if (isBack) this.#set({ failure: null })
  }

  /** Adds a version to the known ones, from its event. */
  note = (change: Change): void => {
    this.#set({ draft: note(this.#state.draft, change) })
  }

  setBlock = (block: Block | null): void => {
    if (block === this.#state.block || this.#state.block === 'missing') return
    const isOver = block === null && isRefusalOf(this.#state.failure, [403, 404])
    this.#set({ block, ...(isOver && { failure: null }) })
  }

  /** Ends a conflict with `result`; see resolve in draft.ts. Returns the undo. */
  resolve = (field: Field, result: Values[Field], shown: Shown): (() => void) => {
    const conflict = this.#state.draft.conflicts[field]
    const mine = this.#state.draft.mine[field]
    this.#change((draft) => resolve(draft, field, result, shown), null)
    return () => conflict && this.reopen(field, mine, conflict)
  }

  reopen = (field: Field, mine: Values[Field], conflict: Conflict): void =>
    this.#change((draft) => reopen(draft, field, mine, conflict), null)

  /** Replaces edited values by earlier ones, merged with later changes of others. Returns the undo. */
  revert = (from: Partial<Values>, to: Partial<Values>): (() => void) => {
    const apply = (old: Partial<Values>, next: Partial<Values>) => {
      for (const field of fields) {
        const [base, mine] = [old[field], next[field]]
        if (base === undefined || mine === undefined) continue
        const merged = mergeField(field, base, mine, this.#state.draft.mine[field])
        this.#change((draft) => edit(draft, field, merged === null ? mine : merged.value), null)
      }
    }
    apply(from, to)
    return () => apply(to, from)
  }

  /** The fields that the next save sends. */
  unsaved = (isAutosave: boolean): Field[] => {
    const { draft, refusals } = this.#state
    const withheld = [...keys(checkDraft(draft)), ...(isAutosave ? keys(refusals) : [])]
    const names = sendableFields(draft, withheld)
    const isComplete = draft.version > 0 || (names.includes('title') && dirtyFields(draft).length > 0)
    return isComplete ? names : []
  }

  /** Whether closing the page would leave something unsaved. */
  isUnsaved = (): boolean => {
    const { draft } = this.#state
    return draft.pending !== null || dirtyFields(draft).length > 0
  }

  save = ({ autosave = false }: SaveOptions = {}): Promise<SaveResult> => {
    if (autosave && this.#state.busy !== null) return Promise.resolve('busy')
    return this.#enqueue(() => this.#save(autosave))
  }

  /** Saves, then shows the saved version to readers, unless someone else changed the post in between. */
  publish = (): Promise<PublishResult> =>
    this.#enqueue(async () => {
      const result = await this.#save(false)
      const { postId } = this.#state
      if ((result !== 'saved' && result !== 'idle') || postId === null) return { kind: 'not-saved', result }
      return this.#publish(postId, true, this.#state.draft.version)
    })

  /** Hides the post from readers. It sends no text. */
  unpublish = (): Promise<PublishResult> =>
    this.#enqueue(async () => {
      const { postId } = this.#state
      return postId === null ? { kind: 'not-saved', result: 'idle' } : this.#publish(postId, false, null)
    })

  /** Replaces the draft of a form that has nothing unsaved. */
  load = (draft: Draft): void => this.#set({ draft, refusals: {}, failure: null })

  /** Replaces the base when the event log has another history than the one that the base is from. */
  checkHistory = (): Promise<void> =>
    this.#enqueue(async () => {
      await this.#isReplaced().catch(() => undefined) // Each save checks it first.
    })

  /** Stores the whole text of this form as a new post, and leaves nothing unsaved here. */
  saveAsNew = (): Promise<Post> =>
    this.#enqueue(async () => {
      const { draft, replaced } = this.#state
      const text = { ...(replaced ?? draft.mine), ...pick(draft.mine, dirtyFields(draft)) }
      const body = pick(text, fields.filter((field) => field !== 'slug' && field !== 'readTime'))
      const isRepeat = JSON.stringify(body) === JSON.stringify(this.#copy?.body)
      const copy = isRepeat && this.#copy ? this.#copy : { key: this.#ports.newKey(), version: 0, body, autosave: false }
      this.#copy = copy
      this.#set({ busy: 'saving' })
      try {
        const post = await this.#ports.create(copy)
        if (post.id !== this.#state.postId) this.discard()
        // The database gave the id of the post that it does not have to the new one.
        else this.#set({ draft: { ...start(post), epoch: draft.epoch }, refusals: {}, failure: null, replaced: null, block: null })
        return post
      } finally {
        this.#set({ busy: null })
      }
    })

  /** Drops what is unsaved, and shows the post as it was last read. */
  discard = (): void => this.#set({ draft: discard(this.#state.draft), refusals: {}, failure: null, replaced: null })

  /** The user has seen that the post was replaced. */
  dismissReplaced = (): void => this.#set({ replaced: null })

  /** Resolves when no save is running. */
  settled = async (): Promise<void> => {
    await this.#tail
  }

  /** Shows the post to readers again, as it is at this version. */
  republish = (version: number): Promise<PublishResult> =>
    this.#enqueue(async () => {
      const { postId } = this.#state
      return postId === null ? { kind: 'not-saved', result: 'idle' } : this.#publish(postId, true, version)
    })

  #enqueue<T>(job: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(job)
    this.#tail = run.catch(() => undefined)
    return run
  }

  async #publish(id: PostId, published: boolean, version: number | null): Promise<PublishResult> {
    this.#set({ busy: 'publishing' })
    try {
      if (await this.#isReplaced()) return { kind: 'not-saved', result: 'replaced' }
      const post = await this.#ports.publish(id, published, version)
      const isOwn = post.updatedBy.id === this.#userId
      this.note({ version: post.version, by: post.updatedBy, at: post.updatedAt, fields: ['published'], isOwn })
      this.receive(post)
      return { kind: 'done', post }
    } catch (error) {
      const current = currentOf(error)
      if (!current) return { kind: 'failed', error }
      this.receive(current)
      return { kind: 'changed', by: personName(current.updatedBy, this.#userId) }
    } finally {
      this.#set({ busy: null })
    }
  }

  async #save(autosave: boolean): Promise<SaveResult> {
    if (this.#state.block !== null) return 'blocked'
    if (!autosave) this.#checkFields()
    if (this.#state.draft.pending === null && this.unsaved(autosave).length === 0) return this.#idle()
    this.#set({ busy: 'saving', failure: null })
    try {
      if (await this.#isReplaced()) return 'replaced'
      return await this.#sendAll(autosave)
    } catch (failure) {
      this.#set({ failure })
      return 'failed'
    } finally {
      this.#set({ busy: null })
      this.#applyHeld()
    }
  }

  /**
   * Whether the base was replaced just now. Called before each change of the post: the version of a base from another
   * history may be the number of another text, which the server could not notice.
   */
  async #isReplaced(): Promise<boolean> {
    const { postId } = this.#state
    if (postId === null) return false
    const epoch = await this.#ports.epoch()
    const before = this.#state.draft.epoch
    if (before === null) this.#set({ draft: { ...this.#state.draft, epoch } })
    if (before === null || before === epoch) return false
    this.#replace(await this.#ports.read(postId), epoch)
    return this.#state.replaced !== null
  }

  #replace(post: Post | null, epoch: string): void {
    const { draft } = this.#state
    this.#held = null
    this.#askedFor = null
    const isMissing = post === null || (draft.createdAt !== null && draft.createdAt !== post.createdAt)
    if (isMissing) return this.#set({ draft: { ...draft, epoch, pending: null }, block: 'missing', failure: null, replaced: draft.mine })
    const next = replaceBase(draft, post, epoch)
    const isBack = this.#state.block === 'missing'
    const isSame = !isBack && next.version === draft.version && fields.every((field) => isIdentical(next.mine[field], draft.mine[field]))
    const isSettled = isSame && conflictedFields(next).length === 0
    this.#set({ block: isBack ? null : this.#state.block, failure: null, replaced: isSettled ? null : draft.mine })
    this.#change(() => next, null)
  }

  #idle(): SaveResult {
    const { draft, refusals } = this.#state
    if (conflictedFields(draft).length > 0) return 'conflict'
    if (keys(refusals).length > 0) return 'refused'
    return draft.version === 0 ? 'incomplete' : 'idle'
  }

  #checkFields(): void {
    const found = checkDraft(this.#state.draft)
    if (keys(found).length > 0) this.#set({ refusals: { ...this.#state.refusals, ...found } })
  }

  /** Sends until nothing is left: after a repeated save, or one that met another version, the rest follows. */
  async #sendAll(autosave: boolean): Promise<SaveResult> {
    let isRefused = false
    for (let attempt = 1; ; attempt += 1) {
      const isRepeat = this.#state.draft.pending !== null
      const names = this.unsaved(autosave || isRefused)
      if (!isRepeat && names.length === 0) break
      const draft = submit(this.#state.draft, names, this.#ports.newKey(), autosave)
      this.#set({ draft })
      try {
        await this.#send(draft.pending)
        if (!isRepeat) break
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        if (isFinal(error.status)) this.#set({ draft: refused(this.#state.draft) })
        const isConflict = this.#handleConflict(error, draft.pending)
        const isRefusal = !isConflict && this.#handleRefusal(error, draft.pending)
        const canFollow = isConflict || isRefusal || this.#isRestored(error, draft.pending)
        if (!canFollow || attempt >= maxTries) throw error
        isRefused ||= isRefusal
      }
      this.#applyHeld()
    }
    if (isRefused || keys(this.#state.refusals).length > 0) return 'refused'
    return conflictedFields(this.#state.draft).length > 0 ? 'conflict' : 'saved'
  }

  async #send(pending: PendingSave): Promise<void> {
    const { postId } = this.#state
    const { create, update } = this.#ports
    const post = postId === null ? await create(pending) : await update(postId, pending)
    this.#change((draft) => saved(draft, post, this.#userId), post.updatedBy.name)
    this.#set({ postId: post.id, savedAt: this.#ports.now() })
  }

  /** After a 412: merges the current version. Fields without a conflict can be sent again. */
  #handleConflict(error: ApiError, pending: PendingSave): boolean {
    const current = currentOf(error)
    if (!current || current.version <= pending.version) return false
    this.receive(current)
    return true
  }

  /** Whether the post was deleted when the save arrived, and a later version arrived before the answer. */
  #isRestored(error: ApiError, pending: PendingSave): boolean {
    return error.status === 404 && this.#state.block === null && (this.#held?.version ?? 0) > pending.version
  }

  /** After a 422: keeps the reasons. The other fields can be sent without the refused ones. */
  #handleRefusal(error: ApiError, { body }: PendingSave): boolean {
    const messages = fieldErrors(error)
    const found = fields.filter((field) => field in body && messages[field] !== undefined)
    if (error.status !== 422 || found.length === 0) return false
    const { mine } = this.#state.draft
    const isAsSent = (field: Field) => mine[field] === body[field]
    const refusals = Object.fromEntries(
      found.filter(isAsSent).map((field) => [field, { value: mine[field], message: messages[field] ?? '' }]),
    )
    this.#set({ refusals: { ...this.#state.refusals, ...refusals } })
    return true
  }

  #applyHeld(): void {
    if (this.#held === null || this.#state.draft.pending !== null) return
    const post = this.#held
    this.#held = null
    this.receive(post)
  }

  /** Applies a step of draft.ts that may change the content from outside. */
  #change(step: (draft: Draft) => Draft, by: string | null): void {
    const before = this.#state.draft
    const draft = step(before)
    if (draft === before) return
    const isContent = draft.mine.content !== before.mine.content
    const left = keys(this.#state.refusals).filter((field) => this.#state.refusals[field]?.value === draft.mine[field])
    const refusals = Object.fromEntries(left.map((field) => [field, this.#state.refusals[field]]))
    this.#set({ draft, refusals, ...(isContent && { contentBy: by === null ? null : this.#authors(before, draft, by) }) })
    this.#findChanges()
  }

  #authors(before: Draft, after: Draft, fallback: string): string {
    const found = after.changes.filter(
      ({ version, isOwn, fields: changed }) => version > before.version && !isOwn && changed.includes('content'),
    )
    const names = new Set(found.map(({ by }) => personName(by, this.#userId)))
    return names.size > 0 ? [...names].join(', ') : fallback
  }

  /** Reads the history when the authors of a conflict are not known. */
  #findChanges(): void {
    const { postId, draft } = this.#state
    const from = firstUnknown(draft)
    if (from === null || postId === null || this.#askedFor === draft.version) return
    this.#askedFor = draft.version
    this.#ports.changesSince(postId, from).then(
      (changes) => this.#set({ draft: note(this.#state.draft, ...changes) }),
      () => undefined, // The names stay unknown; the conflict can be resolved without them.
    )
  }

  #set(part: Partial<EditingState>): void {
    this.#state = { ...this.#state, ...part }
    for (const watcher of [...this.#watchers]) watcher()
  }
}

const keys = (refusals: Partial<Record<Field, unknown>>): Field[] => fields.filter((field) => refusals[field] !== undefined)

const withoutField = (refusals: EditingState['refusals'], field: Field): EditingState['refusals'] =>
  field in refusals ? Object.fromEntries(Object.entries(refusals).filter(([name]) => name !== field)) : refusals

const currentOf = (error: unknown): Post | undefined =>
  error instanceof ApiError && error.status === 412 ? error.problem.current : undefined

export const isRefusalOf = (error: unknown, statuses: readonly number[]): boolean =>
  error instanceof ApiError && statuses.includes(error.status)

/** Whether the server stored nothing and would answer the same again. A save that met a 401 is repeated after the next sign-in. */
const isFinal = (status: number): boolean => status >= 400 && status < 500 && ![401, 408, 429].includes(status)

/** Whether the same save can succeed later without a change. */
export const isTemporary = (error: unknown): boolean => !(error instanceof ApiError) || !isFinal(error.status)
