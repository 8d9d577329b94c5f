// Package client is the Go client of a Wiredesk server: the REST API, and the event
// stream over a WebSocket. It uses nothing but the network, so it may be imported from
// any module; a program that reads Kafka does not need it.
//
// # Sessions
//
// [New] makes a [Client], [Client.Login] signs it in. An access token lives 15 minutes;
// the Client renews it when the server answers 401 and before an open stream expires,
// and signs in again when the session was revoked. A program that has tokens from
// elsewhere gives them with [Client.UseTokens]. [ErrSignedOut] ends a call when no other
// token can be had.
//
// # Reading and writing posts
//
// [Client.List] and [Client.Get] read. [Client.Create], [Client.Patch],
// [Client.Publish] and [Client.Delete] write; each is one request and is never sent
// again after a lost answer, because only the caller knows whether that is safe: with
// an idempotency key it is, for 24 hours. A change names the version that it is based
// on. If others changed the same field since, nothing is stored and the error is a
// [Problem] with Status 412, which holds the current post.
//
// # The stream
//
// Every committed change is an [Event]. Events are numbered 1, 2, 3 … over the whole
// installation (Seq), within one history of its log (Epoch): a restored backup begins
// another epoch. Both together are a [Position]. [Client.Stream] gives each event after
// a Position to a [Handler], once and in order, over any number of connections:
//
//	List ──Page.Position()──▶ Stream ──Handler.Event──▶ apply, store Event.Position()
//	                            │ ▲
//	                   lost     │ │ reconnects with its position (Handler.Lost, Joined)
//	                            ▼ │
//	                   server: replays, or answers "refresh" ──▶ reads GET /api/events,
//	                            and calls Handler.Gap where the log has them no longer
//
// A program that stores the Position of the last event that it has applied, and starts
// with it, misses nothing and applies nothing twice. After Handler.Gap it reads its
// lists again.
//
// # Errors, goroutines, ownership
//
// An answer with an error status is a [*Problem]; other errors are of the network and
// wrap its cause. All methods stop when their context ends and return its error. A
// Client may be used by several goroutines once Login or UseTokens has returned. Stream
// blocks; it calls the Handler in the goroutine of its caller, one call at a time, and
// has ended all of its own goroutines when it returns. Values passed to a Handler or
// returned belongs to the caller.
package client
