// Package outbox publishes the events of the event log (the table events of the database) to Kafka:
// every committed event, in the order of its number, at least once, by one node at a time. It never
// changes an event and takes no part in the transactions that store events, so a commit never waits
// for Kafka.
//
//	transaction ──commit──> event log ──Source.After──> Relay ──Publisher.Publish──> Kafka
//	           └──Relay.Committed (memory, same node)────^
//
// A Relay runs on every node. The nodes elect a leader with a lease, a row of the database (Lease).
// Only the leader publishes. The watermark, stored with the lease, is the number up to which every
// event is in Kafka; retention may delete events of the log only up to it.
//
// # Goroutines
//
// Run blocks in the goroutine of its caller and starts others only for the time of a term. It joins
// them before the term ends:
//
//   - Run acquires the lease, and runs the publishing loop of a term (publish). It owns the cursor,
//     and makes all calls of the Publisher except BlockedReason.
//   - leaseKeeper.run, started by lead, owns the lease during a term: it renews it, stores the
//     watermark, reads the head of the log, and ends the term by cancelling its context with the reason.
//   - empty starts a goroutine that renews the lease while the topic is emptied.
//
// They share the type progress, whose mutex is never held across a call that waits, and the channel
// nudged. Committed, Nudge and Status may be called from any goroutine and do not block.
//
// # States
//
//	following ──Acquire──> leading ──lease lost, stall, refill, rollback──> following
//	                          └──Run's context ends──> flushing ──> stopped
//
// A follower tries to acquire the lease every 150 ms. A new leader reads the tail of the topic
// before it publishes (resume): events after the watermark that the topic has are not published
// again, and events before it that the topic lost are. When Run's context ends, the leader publishes
// what is committed, for FlushTimeout at most, stores the watermark, and releases the lease.
//
// # Failures
//
//   - Kafka does not accept events: publish retries with a backoff of 50 ms to 2 s, and resumes from
//     the topic's tail each time. Nothing reaches Kafka for the stall limit (8 s at first, doubled up
//     to a minute): the leader releases the lease, so that a node with a working connection can lead.
//   - The database does not answer: renewals fail, and the leader steps down when the lease has
//     expired. Events wait in the log.
//   - The leader crashes or is suspended: its lease expires after LeaseTTL (2 s), and another node
//     leads. A leader that wakes up may finish the batch in flight. Consumers drop such repeats by
//     their number, and ErrFenced keeps it from storing its watermark.
//   - A number is missing between two events of the log (a gap): the transaction may be about to
//     become visible. The relay waits for it, and skips it only if Source.Gone reports that it was
//     deleted or lost. A gap of more than a second makes the relay unhealthy.
//   - Events that were published are missing in the log (a rollback), as after the restore of a
//     backup: their numbers will be assigned again. The relay begins a new epoch, sets the watermark
//     to 0, and publishes the whole log; see rollbackError.
//   - The topic lost events: they are published again from the log. An operator can also request a
//     refill: the leader stops between two batches, ends its term, empties the topic, and publishes the whole log as it is
//     then; events in memory may have text that was removed since.
//
// Status reports the first of these that lasts, in one sentence for operators; logHealth logs each
// change once.
//
// # Tests
//
// Timing tests run the Relay against a log, a lease and a topic in memory, inside of testing/synctest
// bubbles, where time passes only when all goroutines wait. broker_test.go and kafka_errors_test.go
// use real brokers, embedded and cluster, over connections that the test can cut. The crash and
// cluster tests (test/crash, test/cluster) kill whole nodes.
package outbox
