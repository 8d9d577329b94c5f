import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { afterClose, backOff, trialPause } from './retry.ts'

describe('backOff', () => {
  it.each([
    [0, 250],
    [1, 500],
    [4, 4_000],
    [6, 15_000],
    [2_000, 15_000],
  ])('attempt %i waits 0 to %i ms', (attempt, limit) => {
    expect(backOff(attempt, () => 0)).toBe(0)
    expect(backOff(attempt, () => 0.5)).toBe(limit / 2)
    expect(backOff(attempt, () => 1)).toBe(limit)
  })
})

describe('trialPause', () => {
  it.each([
    [0, 30_000],
    [1, 60_000],
    [9, 600_000],
    [2_000, 600_000],
  ])('trial %i waits 50 to 100 %% of %i ms', (trial, limit) => {
    expect(trialPause(trial, () => 0)).toBe(limit / 2)
    expect(trialPause(trial, () => 1)).toBe(limit)
  })
})

describe('afterClose', () => {
  it.each([
    [4401, 'expired', { planned: true, trust: 'expired', delay: null }],
    [4403, 'role changed', { planned: true, trust: 'expired', delay: null }],
    [4408, 'too slow', { planned: true, trust: 'valid', delay: null }],
    [1012, 'retry in 1234ms', { planned: true, trust: 'valid', delay: 1234 }],
    [1012, '', { planned: true, trust: 'valid', delay: 1000 }],
    [1006, '', { planned: false, trust: 'valid', delay: null }],
    [1008, 'bad frame', { planned: false, trust: 'valid', delay: null }],
  ])('%i %s', (code, reason, plan) => {
    expect(afterClose(code, reason)).toEqual(plan)
  })

  it('reconnects without an outage after each close code of api/asyncapi.yaml that asks for it', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../../api/asyncapi.yaml'), 'utf8')
    const rows = [...text.matchAll(/^ +\| (\d{4}) \|.*\| (.+) \|$/gm)]
    expect(rows).toHaveLength(6)
    for (const [, code, action] of rows) expect(afterClose(Number(code), '').planned).toBe(action?.includes('reconnect'))
  })
})
