package outbox

import (
	"context"
	"errors"
	"time"
)

// Lease elects one relay of all nodes as the leader. A row of the database implements it
// (sqlstore.Store), and the clock of the database alone decides when a term expires.
type Lease interface {
	// Acquire begins a term that expires after ttl. While the term of another holder lasts, it
	// returns that term, as far as it is known, and ErrHeld.
	Acquire(ctx context.Context, holder string, ttl time.Duration) (Term, error)
	// Renew extends the term to ttl from now and stores the watermark. Renew, Advance and Release
	// return ErrFenced, and change nothing, when a later term has begun.
	Renew(ctx context.Context, term Term, watermark int64, ttl time.Duration) error
	// Advance stores the watermark.
	Advance(ctx context.Context, term Term, watermark int64) error
	// Release ends the term at once.
	Release(ctx context.Context, term Term) error

	// Refill returns the number of the newest request to publish the whole log again on an empty
	// topic, and the number of the request that ended last, refused or not.
	Refill(ctx context.Context) (requested, done int64, refused bool, err error)
	// Refilled ends a request. Unless the request is refused, the watermark returns to 0.
	Refilled(ctx context.Context, term Term, request int64, refused bool) error
}

// Term is one period of leadership. Only the term with the highest fence may store a watermark,
// so a leader that was suspended beyond the end of its term cannot overwrite the state of the next one.
type Term struct {
	Holder    string // the name of the leading node
	Fence     int64  // one more than that of the previous term
	Watermark int64  // every event up to this number is in Kafka
}

// Errors of a Lease.
var (
	ErrHeld   = errors.New("the lease is held by another node")
	ErrFenced = errors.New("the lease has been taken over")
)
