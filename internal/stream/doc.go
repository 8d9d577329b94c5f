// Package stream gives one node's readers the committed events in one gapless order. It is the promise "once, in order, nothing
// lost" without the sockets: package gateway sends the entries of the stream, and never orders or reads events itself. The stream
// writes nothing, except for a new epoch of an event log that lost events.
//
// # Positions
//
// An event has a number (seq), unique and without gaps within an epoch of the event log. The stream appends the event with the
// next number, and no other. Appended entries stay in memory in a ring, bounded by number and bytes (Config); View describes the
// numbers that it holds. A generation counts the times at which positions lost their meaning: readers have to start again with
// Resolve.
//
// # Sources
//
// An event arrives up to three times, in any order:
//
//   - Committed: this node committed it. This is the shortest path, and brings the events of this node only.
//   - Deliver: Kafka brought it. This brings the events of all nodes, in order within a partition, with repeats.
//   - the event log itself, read by Run: at the start, for a gap, and when Kafka is late.
//
// The first arrival appends the event; the others are dropped. An event that arrives before its turn waits as pending, within
// bounds. Beyond them it is dropped too, as the event log still has it.
//
// # Goroutines
//
// Run is one goroutine that reads the event log, and one that takes the events of Committed. Deliver and Committed may be called
// from any goroutine and never wait for the log. All methods that read may be called from any goroutine. Readers learn of new
// entries by Config.OnGrow; they share the entries, which never change.
//
// # States
//
//	loading     until Run has read the newest events of the log; the ring is empty and every arrival is dropped
//	in order    nothing is pending
//	gap         a later event is pending; after gapPatience the gap is filled from the log
//	broken off  two events have the same number, or the log's head went back: Run begins a new epoch of the log
//
// # Failures
//
//   - Kafka is away or late: Run compares the log's head with the stream when Log.Changes reports, and every
//     pollInterval while events are missing, and reads what Kafka owes.
//   - The event log cannot be read: Run repeats with increasing waits; Healthy returns the error; arrivals are still appended.
//   - An event is not visible yet in the log although a later one is: Run repeats the read. It skips a number only if the log
//     reports that the event has left it or was lost, and logs an error.
//   - The database was restored to an older state: events of the lost history share numbers with new ones, or the head is behind
//     the stream. Run begins a new epoch, and all readers start again (Resolve returns Refresh).
//   - An event cannot be encoded: Config.EncodeSummary returns a smaller form, so the event still takes its place.
//
// # Tests
//
// The tests of this package drive a Stream with a log in memory, in a bubble of fake time. Package gateway tests the same through
// sockets, and test/crash and test/cluster with real databases and brokers.
package stream
