// Package kafka connects the server with the topic of events: a Producer, which the outbox relay of
// the leading node uses, a Consumer on every node, and ReadTopic for the verify command. It is the only
// package that uses the Kafka client (franz-go); package embedded has the broker for installations
// without a cluster, and both sides speak the same protocol to it. The package never reads the database.
// Its topic is a copy: the event log in the database is authoritative, and fills the topic again.
//
//	outbox.Relay ──Publish──> Producer ──> topic (partition = hash of the post id) ──> Consumer ──Deliver──> Stream
//
// A record is one event: the key is the post id, the value a CloudEvent in JSON, and a header has the
// HMAC-SHA-256 of the value under a key derived from the installation's secret (macs). Records without
// a valid MAC are counted and dropped, so a writer of the topic cannot put content on screens.
//
// # Goroutines
//
// The package starts one goroutine of its own: while Publish waits for acknowledgements, watch looks
// for the reason of a delay. Run of a Consumer blocks in the goroutine of its caller. All others belong
// to clients of franz-go, which are closed before the method that made them returns, except the client
// that a Producer keeps between batches until Close. Producer methods are for one goroutine at a time,
// but for BlockedReason; Consumer.Health may be called from any goroutine.
//
// # Consumer
//
// A Consumer reads all partitions without a consumer group, from their ends at Start: older events are
// in the database. Run is a loop of sessions. A session locates its offsets, polls, and ends when an
// offset is out of range, the topic was created anew, partitions were added, or a batch was skipped;
// the next session starts 50 ms to 2 s later. Events of one post are delivered in order; the stream
// orders events of different posts, drops repeats, and fills gaps from the database, so a Consumer may
// skip records without losing an event for clients.
//
// # Producer
//
// Publish sends one batch and waits until all in-sync replicas acknowledge it. The client repeats
// requests idempotently without a limit, because a producer that gave up and started again would write
// duplicates. After an error Publish closes the client, so that no record of the batch can still be
// sent behind newer ones. EnsureTopic creates a missing topic, and logs how an existing one differs from
// the configuration. Tail returns the newest events for the start of a term, read backwards in steps.
//
// # Failures
//
//   - A broker does not answer: the client tries others after 1.5 s (dial) or 2 s (request). dialErrors
//     keeps the last failed dial, as the client itself reports only a timeout.
//   - The topic cannot be written (no leader, too few in-sync replicas): BlockedReason has the
//     sentence, the relay shows it in its status.
//   - An error of Kafka, TLS or the network: describeError turns it into a sentence with the setting or
//     the ACL to check. Health returns it for /readyz, and it is logged once per change.
//   - A record that cannot be read, decoded or verified is skipped and counted. Compressed batches are
//     unpacked up to MaxUnpacked bytes and MaxRecords records (Unpacker).
//
// # Tests
//
// kafkatest.OnBoth runs a test with the embedded broker, inside of a testing/synctest bubble, and with
// a real cluster of three brokers, over connections that fail on command. config_test.go covers TLS and
// SASL, foreign_test.go records of other writers, unpack_test.go compressed batches.
package kafka
