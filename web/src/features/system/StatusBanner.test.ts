import { expect, it } from 'vitest'
import type { Status } from '../../api/types'
import { trouble } from './StatusBanner'

const well: Status = {
  head: 9,
  relay: { waiting: 0, oldestSeconds: 0, healthy: true },
  kafka: { mode: 'embedded', healthy: true, detail: '' },
  database: { kind: 'sqlite', healthy: true },
  sockets: 1,
  node: 'a',
  version: '1',
}

it('says nothing while all is well, and of a backlog that is on its way', () => {
  expect(trouble(well)).toBeNull()
  expect(trouble({ ...well, relay: { waiting: 3, oldestSeconds: 1, healthy: true } })).toBeNull()
})

it('tells how many events wait for Kafka', () => {
  const relay = { waiting: 12, oldestSeconds: 30, healthy: false }
  expect(trouble({ ...well, relay })).toMatch(/^12 events are waiting for Kafka/)
  expect(trouble({ ...well, relay: { ...relay, waiting: 1 } })).toMatch(/^1 event is waiting for Kafka/)
})

it('tells at once when Kafka is down', () => {
  const kafka = { ...well.kafka, healthy: false }
  expect(trouble({ ...well, kafka, relay: { waiting: 1, oldestSeconds: 0, healthy: true } })).toMatch(/waiting for Kafka/)
})

it('puts the database first', () => {
  expect(trouble({ ...well, database: { kind: 'mysql', healthy: false } })).toMatch(/^Not saving/)
})
