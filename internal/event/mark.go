package event

// Mark identifies an event of the log and its post.
type Mark struct {
	Seq    int64
	ID     string
	PostID int64
}

// Head is the position of the newest event of the log. Equal heads mean equal logs: two histories
// that share an event share all events before it.
type Head struct {
	Position
	ID     string // of the newest event; empty when the log does not have it
	Server int64  // the number of server changes that the process has seen; another database server may have another log
}
