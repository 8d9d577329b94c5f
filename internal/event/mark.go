package event

// Mark identifies an event of the log, and the post that it is about.
type Mark struct {
	Seq    int64
	ID     string
	PostID int64
}

// Head is the end of the event log. Two equal heads stand for equal logs: histories of a log that share an event
// share all events before it.
type Head struct {
	Position
	ID     string // of the newest event; empty when the log does not have it
	Server int64  // which database server was asked, as a count of changes; another one may have another log
}
