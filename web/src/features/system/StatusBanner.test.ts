import { expect, it } from 'vitest'
import type { Status } from '@wiredesk/client'
import { describeStatus } from './StatusBanner'

const healthy: Status = {
  head: 9,
  relay: { waiting: 0, oldestSeconds: 0, healthy: true },
  kafka: { mode: 'embedded', healthy: true, detail: '' },
  database: { kind: 'sqlite', healthy: true },
  sockets: 1,
  node: 'a',
  version: '1',
}

it('shows nothing while all is healthy, or while a short backlog is being sent', () => {
  expect(describeStatus(healthy, true)).toBeNull()
  expect(describeStatus({ ...healthy, relay: { waiting: 3, oldestSeconds: 1, healthy: true } }, true)).toBeNull()
})

it('shows administrators how many events wait for Kafka', () => {
  const relay = { waiting: 12, oldestSeconds: 30, healthy: false }
  expect(describeStatus({ ...healthy, relay }, true)).toMatch(/^12 events are waiting to be sent to Kafka/)
  expect(describeStatus({ ...healthy, relay: { ...relay, waiting: 1 } }, true)).toMatch(/^1 event is waiting/)
  expect(describeStatus({ ...healthy, relay }, false)).toBeNull()
})

it('shows the backlog at once when Kafka is down', () => {
  const kafka = { ...healthy.kafka, healthy: false }
  const status = { ...healthy, kafka, relay: { waiting: 1, oldestSeconds: 0, healthy: true } }
  expect(describeStatus(status, true)).toMatch(/waiting to be sent to Kafka/)
})

it('shows everyone that the database is unavailable, before anything else', () => {
  expect(describeStatus({ ...healthy, database: { kind: 'mysql', healthy: false } }, false)).toMatch(/^Can’t save/)
})
