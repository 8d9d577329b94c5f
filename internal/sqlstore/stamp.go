package sqlstore

import (
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Stamp identifies a state of the database without a query: what was read between two equal stamps
// lacks no commit that was visible a second before the second one. It costs some microseconds. On
// MySQL no two stamps are equal.
func (db *database) Stamp() [4]int64 { return db.dialect.stamp(db) }

var stamps atomic.Int64

// uniqueStamp is the stamp of a state that may change without a trace.
func uniqueStamp(*database) [4]int64 { return [4]int64{stamps.Add(1)} }

// settled is the time after which another change of a file gets another time: the clock of a file
// system may stand still for some milliseconds.
const settled = 50 * time.Millisecond

// stampLife bounds the time in which two stamps are equal. A commit is visible only after the disk has
// stored what it wrote: on a slow disk the times of the files are settled by then.
const stampLife = time.Second

// fileStamp looks at the SQLite files: each commit writes to the WAL, and each checkpoint to the
// database file.
func fileStamp(db *database) [4]int64 {
	path := strings.TrimPrefix(db.cfg.URL, "sqlite://")
	file, err := os.Stat(path)
	if err != nil {
		return uniqueStamp(db)
	}
	wal, err := os.Stat(path + "-wal")
	if err != nil || time.Since(wal.ModTime()) < settled || time.Since(file.ModTime()) < settled {
		return uniqueStamp(db)
	}
	return [4]int64{-time.Now().UnixNano() / int64(stampLife), wal.ModTime().UnixNano(), wal.Size(), file.ModTime().UnixNano()}
}
