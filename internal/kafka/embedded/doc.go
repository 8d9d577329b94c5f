// Package embedded runs a Kafka broker inside of the server, for installations without a cluster: one
// broker with the real protocol (kfake of franz-go), one topic, and a log on disk that is capped at some
// 64 MiB per partition. It is the only package that uses kfake. It never authenticates clients, so it
// accepts connections of this machine only; and it does not sync its log, so the newest records may be
// lost with the power of the machine. The outbox relay publishes those again from the event log.
//
//	clients of package kafka ──net.Pipe──────────────────────> memListener ──> kfake
//	other processes ──TCP──> externalListener ──requestFilter──────^
//
// # Parts
//
//   - Broker opens and closes everything. A lock file (flock) keeps a second process from the directory.
//   - memListener is the listener of kfake. It accepts connections from memory.
//   - externalListener accepts loopback TCP connections of other programs, at most 48. When all are in
//     use, the least used connection of the busiest client is closed for a new one.
//   - requestFilter is such a connection as kfake sees it: its Read returns only requests that passed all
//     checks, and its Write changes answers where needed. kfake was written for tests and trusts its
//     clients, so every length, array and batch is checked before it sees them.
//   - brokerState counts the state that kfake would keep for external clients (groups, members, producer
//     ids), and refuses more than fixed bounds.
//   - layouts describe the served requests; the walker checks the bytes of a request against them;
//     batchCheck validates and bounds the batches of produce requests.
//   - brokerLog keeps the last warning of kfake for a minute, as Health.
//
// # Goroutines
//
// externalListener.serve accepts in one goroutine, which close joins. kfake has one goroutine for each
// connection and some for itself; requestFilter runs inside of them. The filter's mutex guards its
// queue of pending requests, and the listener's mutex its set of connections; neither is held during I/O.
//
// # States of an external connection
//
//	waiting ──first byte──> receiving ──complete──> checked ──> pending ──answered──> waiting
//
// A request has 10 s to arrive; a connection without a pending request is closed after 5 minutes; a
// client has 30 s to take an answer. Requests above 64 KiB reserve memory from a budget of 32 MiB that
// all clients share, until they are answered.
//
// # Failures
//
//   - A request that is not in layouts, exceeds a bound or is malformed: the connection is closed, and
//     logged in one line a minute (refusals).
//   - A log that cannot be read: it is moved to embedded.broken-<time> with a warning, and the broker
//     starts empty. The relay fills the topic from the event log.
//   - A full disk: kfake warns, and Health returns the warning.
//   - Another process has the directory: Open fails with ErrInUse and the process id. OpenCopy opens a
//     copy of the log for commands that only read.
//
// # Tests
//
// filter_test.go and walk_test.go fuzz the filter and compare the walker with the library's decoder for
// every request and version. survive_test.go sends random requests to a running broker, attack_test.go
// measures the CPU time and memory of hostile ones, kill_test.go kills the process while it writes, and
// tools_test.go runs other Kafka clients against it.
package embedded
