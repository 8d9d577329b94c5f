import { fireEvent } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ActionId, actionOf } from './actions'
import { actionFor } from './plainKeys'
import { PlainSurface } from './plainSurface'
import type { EditorEvents } from './surface'
import { MemoryText } from '../../data/textSource'

const nothing = () => undefined

function open(text: string) {
  const onAction = vi.fn((id: ActionId) => {
    const { command } = actionOf(id)
    if (command) surface.run(command)
  })
  const events: EditorEvents = { onAction, onSave: vi.fn(), onLine: vi.fn(), onScrollLine: nothing, onFocus: nothing, onBlur: nothing, onMessage: nothing }
  const source = new MemoryText(text)
  const surface = new PlainSurface(document.body, source, events)
  const area = document.querySelector('textarea')
  if (!area) throw new Error('no text area')
  /** As a browser does: changes the value, then reports it. */
  const type = (inserted: string) => {
    area.setRangeText(inserted, area.selectionStart, area.selectionEnd, 'end')
    fireEvent(area, new InputEvent('input', { inputType: 'insertText', bubbles: true }))
  }
  return { events, source, surface, area, type, press: (init: KeyboardEventInit) => fireEvent.keyDown(area, init) }
}

afterEach(() => document.body.replaceChildren())

describe('PlainSurface', () => {
  test('typing is stored, and undo survives an outside change', () => {
    const { area, source, type, press } = open('one\ntwo')
    area.setSelectionRange(7, 7)
    type(' mine')
    source.receive('ONE\ntwo mine', 'Ben')
    expect([area.value, area.selectionStart]).toEqual(['ONE\ntwo mine', 12])
    press({ key: 'z', ctrlKey: true })
    expect([area.value, source.get()]).toEqual(['ONE\ntwo', 'ONE\ntwo'])
    press({ key: 'y', ctrlKey: true })
    expect(source.get()).toBe('ONE\ntwo mine')
  })

  test('undo of the menu is the same', () => {
    const { area, source, type } = open('')
    type('mine')
    source.receive('mine, and Ben', 'Ben')
    const undo = new InputEvent('beforeinput', { inputType: 'historyUndo', bubbles: true, cancelable: true })
    fireEvent(area, undo)
    expect(undo.defaultPrevented).toBe(true)
    expect(source.get()).toBe(', and Ben')
  })

  test('an outside change keeps the selection and its direction', () => {
    const { area, source } = open('one two three')
    area.setSelectionRange(4, 7, 'backward')
    source.receive('zero one two three', 'Ben')
    expect([area.selectionStart, area.selectionEnd, area.selectionDirection]).toEqual([9, 12, 'backward'])
  })

  test('an outside change waits while an input method composes', () => {
    const { area, source, type } = open('one')
    area.setSelectionRange(3, 3)
    fireEvent.compositionStart(area)
    source.receive('ONE', 'Ben')
    type('か')
    expect([area.value, source.get()]).toEqual(['oneか', 'ONE'])
    fireEvent.compositionEnd(area)
    expect([area.value, source.get()]).toEqual(['ONEか', 'ONEか'])
  })

  test('lists, shortcuts and Esc before Tab', () => {
    const { area, source, press, events } = open('- a\n- b')
    area.setSelectionRange(7, 7)
    expect(press({ key: 'Tab' })).toBe(false)
    expect(source.get()).toBe('- a\n  - b')
    press({ key: 'Escape' })
    expect(press({ key: 'Tab' })).toBe(true)
    press({ key: 'b', ctrlKey: true })
    expect(events.onAction).toHaveBeenCalledWith('bold')
    press({ key: 's', ctrlKey: true })
    expect(events.onSave).toHaveBeenCalledOnce()
  })

  test('read-only: commands change nothing, outside changes are shown', () => {
    const { area, source, surface, press } = open('- a\n- b')
    surface.configure({ readOnly: true, focusMode: false, people: [], attributes: {} })
    area.setSelectionRange(7, 7)
    press({ key: 'Tab' })
    expect(source.get()).toBe('- a\n- b')
    source.receive('- c', 'Ben')
    expect(area.value).toBe('- c')
  })
})

test('shortcuts by platform and by the place of the key', () => {
  const key = { key: '', code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }
  expect(actionFor({ ...key, key: '/', code: 'Digit7', ctrlKey: true, shiftKey: true }, false)).toBe('orderedList')
  expect(actionFor({ ...key, key: '&', code: 'Digit7', ctrlKey: true, shiftKey: true }, false)).toBe('orderedList')
  expect(actionFor({ ...key, key: '/', code: 'Slash', metaKey: true }, true)).toBe('help')
  expect(actionFor({ ...key, key: '2', code: 'Digit2', metaKey: true, altKey: true }, true)).toBe('heading2')
  expect(actionFor({ ...key, key: 'f', code: 'KeyF', ctrlKey: true }, false)).toBeNull()
})
