package sqlstore

import (
	"fmt"
	"sync"
)

func (t *tx) NextID() (id int64, err error) {
	if t.w.db.dialect.idBlock == 0 {
		return t.increment("post", 1)
	}
	id, err = t.w.db.nextID()
	return id, t.checkFatal(err) // the database that does not give ids makes no change, either
}

// ids is a block of ids: those up to next are in use, those up to last are not yet.
type ids struct {
	mu         sync.Mutex
	generation int64 // of the server that raised the counter, or of the one before it
	next, last int64
}

// nextID takes ids in blocks, each in a commit of its own: no transaction keeps the
// counter's row from others. Those that are left at the end, or when the server changes, are
// never given out: the new server may not have the raised counter, and give them to another node.
func (db *database) nextID() (int64, error) {
	db.ids.mu.Lock()
	defer db.ids.mu.Unlock()
	if generation := db.server.generation.Load(); db.ids.next == db.ids.last || db.ids.generation != generation {
		res, err := db.write.Exec(incrementCounter, db.dialect.idBlock, "post")
		if err != nil {
			return 0, fmt.Errorf("taking ids for posts: %w", err)
		}
		if db.ids.last, err = res.LastInsertId(); err != nil {
			return 0, fmt.Errorf("taking ids for posts: %w", err)
		}
		db.ids.next, db.ids.generation = db.ids.last-db.dialect.idBlock, generation
	}
	db.ids.next++
	return db.ids.next, nil
}
