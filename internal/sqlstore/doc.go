// Package sqlstore keeps all durable state in SQLite or MySQL (MariaDB): posts, the event log, users
// and sessions, the relay's lease, node records and the search index. It implements the Store
// interfaces that the domain packages declare, is the only package with SQL, and holds no rule of the
// domain.
//
// # Parts
//
// A Store consists of parts over one database: eventStore, postStore, accountStore, relayStore,
// nodeStore, cleanupStore, verifyStore and indexer. A dialect has the differences between the
// databases; all other SQL is one text for both. Tables are created by the migrations in this folder.
//
// # Goroutines
//
// Run starts and joins all goroutines:
//
//   - Writers. Each owns one connection and its prepared statements. SQLite has one writer, MySQL two
//     and a third for the indexer. No other goroutine writes, except for the id blocks of MySQL.
//   - The indexer follows the event log and stores the words of changed posts through a writer.
//   - With Config.Watch, one reports the commits of other processes to Changes: on SQLite after a write to
//     the files and a check of the writer (changes.go), on MySQL at an interval.
//   - On MySQL, watchServer opens a connection every two seconds and compares the server behind the
//     URL with the one of the open connections.
//
// Reads use pools of other connections, on the goroutine of the caller.
//
// # The path of a write
//
// A caller puts a writeOp into a queue (queue.go) and waits. A writer takes all queued ops, at most
// 128, and commits them in one transaction, so that they share one fsync (commit.go):
//
//	commitBatch      commits the ops, reports events, closes each op's done
//	commitWithRetry  repeats after a conflict or on a new connection
//	tryCommit        one transaction: BEGIN, the ops, their events, COMMIT
//	runOp            one op
//
// The events of all ops get their numbers at the end of the transaction. The counter's row stays
// locked until the commit, so the order of the numbers is the order of the commits on all nodes. A
// query may still see event n+1 before event n; gap.go has the reason and the rule for readers.
//
// # States of a transaction
//
// An op that fails before it writes is left out, and the transaction continues. An op that fails after
// it has written undoes the transaction; the other ops run again without it. After an error that may
// have ended the transaction in the server, tx.broken is set and no further statement runs: outside of
// a transaction it would commit alone.
//
// # Failures
//
//   - A conflict, deadlock or duplicate key: the transaction is repeated, at most five times.
//   - A lost connection: repeated once on a new connection, unless the server was silent for
//     sessionTimeout.
//   - An error of COMMIT itself, on MySQL: the commit may have succeeded. The ops fail with
//     errCommitUncertain and nothing is repeated. A client that retries with its idempotency key gets
//     the first result if there is one.
//   - An error of one op of a batch without a known op: each op gets a transaction of its own.
//   - A full disk, a read-only or unreachable database: the ops fail, and Health reports the reason
//     until a write succeeds.
//   - Another server behind the URL: the generation is incremented. All older connections close,
//     transactions on them fail, and caches of the old generation are ignored.
//   - A full queue: the op fails at once, and the caller may retry after a second.
//   - A stop: Run completes the queued ops, indexes the last commits, and returns.
//
// errors.go maps errors to classes, and classes to the faults that callers get.
//
// # Tests
//
// One suite (store_test.go) runs on a SQLite file and on a real MariaDB server. proxy_test.go is a TCP
// proxy that cuts connections at chosen statements. plan_test.go checks the query plans of the
// statements on both databases. Tests of SQLite register drivers that fail on command.
package sqlstore
