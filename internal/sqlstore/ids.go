package sqlstore

import (
	"fmt"
	"sync"
)

// NextID implements post.Tx.
func (t *tx) NextID() (id int64, err error) {
	if t.w.db.dialect.idBlock == 0 {
		return t.increment("post", 1)
	}
	id, err = t.w.db.nextID()
	return id, t.checkFatal(err) // a database without ids makes no change, either
}

// ids is a block of reserved ids. Those up to next are used, those up to last are free.
type ids struct {
	mu         sync.Mutex
	generation int64 // of the server whose counter was incremented, or of the one before it
	next, last int64
}

// nextID returns an id of a block. It reserves each block in a commit of its own, so that no
// transaction locks the counter's row. The rest of a block is discarded at a stop and after a change of
// the server: the new server may lack the increment and assign the same ids to another node.
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
