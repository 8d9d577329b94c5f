import { describe, expect, it } from 'vitest'
import { afterClose, backOff, trialPause } from './retry.ts'

describe('backOff', () => {
  it.each([
    [0, 250],
    [1, 500],
    [4, 4_000],
    [6, 15_000],
    [2_000, 15_000],
  ])('try %i waits anything from 0 to %i ms', (attempt, most) => {
    expect(backOff(attempt, () => 0)).toBe(0)
    expect(backOff(attempt, () => 0.5)).toBe(most / 2)
    expect(backOff(attempt, () => 1)).toBe(most)
  })
})

describe('trialPause', () => {
  it.each([
    [0, 30_000],
    [1, 60_000],
    [9, 600_000],
    [2_000, 600_000],
  ])('trial %i waits half of %i ms to all of it', (trial, most) => {
    expect(trialPause(trial, () => 0)).toBe(most / 2)
    expect(trialPause(trial, () => 1)).toBe(most)
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
})
