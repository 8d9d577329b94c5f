// Package gateway owns the connections of one node: WebSockets, and event streams (sse.go) for networks that cut WebSockets. It
// sends every client the committed events that package stream has put in order, resumes returning clients from their cursor,
// keeps the presence list, and closes connections whose session ended or that read too slowly. It orders no events, and a slow
// connection never delays another.
//
// # Parts
//
//	Hub         the connections, their limits, start and end
//	sessions    verifies tokens, and verifies all of them again when sessions or users have changed
//	presence    makes the presence list of this node and exchanges it with the other nodes
//	shard       owns a part of the connections and is their only writer; there is one for each CPU
//	conn        one connection
//	decoder     cuts the bytes of a client into messages, within maxMessage and maxRate
//	deliveries  ends the trace spans of events
//
// # One connection
//
// ServeHTTP checks the request, verifies the token, resolves the cursor, upgrades, and replays the events that the client missed
// (replay.go). The connection then belongs to a shard, and its reader starts. Its states:
//
//	handshake  the goroutine of ServeHTTP is the only writer
//	ready      its shard is the only writer
//	busy       the socket buffer is full: a goroutine (flushBlocking) writes the rest; the shard leaves the connection out
//	closing    closeWith was called: the shard writes the reason as the last frame; of several reasons the first counts
//	finished   the last frame is written; the reader waits for the client's close frame, for at most closeTimeout
//	ended      the reader has returned and has removed the connection from the hub and the shard
//
// # Goroutines
//
//   - Run: the stream's goroutines, one for each shard, one for sessions, and one or two for presence.
//   - Each connection has one reader, which waits without a buffer. Handling input continues in a new goroutine, so that the stack
//     of an idle reader stays small.
//   - A busy connection has a goroutine that writes.
//
// Run returns when all of them have ended. conn.mu, Hub.mu and shard.mu are never held during I/O, nor while another of the three
// is taken.
//
// # Sending
//
// A shard runs a pass when the stream has grown, the presence list has changed, or a connection is queued. The frames of new
// events are joined once per position (batch) and written to all connections at that position with non-blocking writes. Events
// that are appended during a pass are joined in the next one, so the cost of an event falls as the rate grows.
//
// # Failures
//
//   - A client reads too slowly: it is closed with 4408 when it is more than MaxBehind behind, when its position has left the
//     memory of the stream, or when one write takes longer than maxBlocked. It resumes with its cursor.
//   - A client is silent for maxSilence: its socket is closed. An event stream is closed by TCP_USER_TIMEOUT instead.
//   - A session ends, or its role changes: 4401 or 4403, at the latest with the expiry of the token.
//   - The event log cannot be read: connections keep getting events from Kafka; handshakes that need the log get 503.
//   - The event log begins a new epoch: every connection is closed with 1012, and returns with a refresh.
//   - The node stops: Drain sends 1012 with a random wait, so that clients return to other nodes at different times.
//
// # Tests
//
// The tests connect real clients through TCP, or through net.Pipe in a bubble of fake time, to a Hub over an event log in memory
// (streamtest.Log). kafka_test.go and nodes_test.go use brokers; bench_test.go measures the cost of an event for each socket.
package gateway
