package event

import "errors"

// Term is one leader's time in office: only while its Fence is the newest may it move the watermark.
type Term struct {
	Holder    string
	Fence     int64 // one more than the term before
	Watermark int64 // every event up to this number is in Kafka
}

// Tail describes the newest published events.
type Tail struct {
	// From is the number from which on IDs is complete: an event of the epoch with that or a
	// higher number which is not in IDs is not published. It is 1 when nothing ever was.
	From int64
	IDs  map[int64]string // of the events of the epoch that was asked for, by their numbers
	// Newest is the epoch of the newest published event; empty: there is none, or it is not known.
	Newest string
}

// What a lease answers to one who does not hold it.
var (
	ErrHeld   = errors.New("the lease is held by another node")
	ErrFenced = errors.New("the lease has been taken over")
)

// ErrRefused is the error of a request to Kafka that takes a right which the caller does not have.
var ErrRefused = errors.New("refused by Kafka")
