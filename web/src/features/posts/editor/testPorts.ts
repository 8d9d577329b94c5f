import type { EditingPorts } from './editingState'

/** For tests: an event log whose history stays the same. */
export const sameHistory: Pick<EditingPorts, 'read' | 'knownEpoch' | 'epoch'> = {
  read: () => Promise.reject(new Error('not expected')),
  knownEpoch: () => 'e1',
  epoch: () => Promise.resolve('e1'),
}
