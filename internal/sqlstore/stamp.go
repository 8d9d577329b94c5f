package sqlstore

import (
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Stamp identifies the state of the database without a query, in some microseconds. Data read between two
// equal stamps include all commits that were visible one second before the second stamp. On MySQL no two
// stamps are equal.
func (db *database) Stamp() [4]int64 { return db.dialect.stamp(db) }

var stamps atomic.Int64

// uniqueStamp returns a stamp that equals no other: the state is unknown.
func uniqueStamp(*database) [4]int64 { return [4]int64{stamps.Add(1)} }

// settled is the age of a modification time from which a new change gets another time: file systems update
// their clock every few milliseconds.
const settled = 50 * time.Millisecond

// stampLife bounds the time in which two stamps are equal. It covers a slow disk: a commit becomes visible
// after its fsync, when the modification time of the file may be settled already.
const stampLife = time.Second

// fileStamp derives the stamp from the SQLite files: each commit writes to the WAL, each checkpoint to the
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
