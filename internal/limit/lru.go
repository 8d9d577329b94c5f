package limit

import (
	"container/list"
	"crypto/sha256"
)

// lru maps keys to values and keeps the most recently used ones. It stores a hash in place
// of each key, so that long keys cost no memory. It is not safe for concurrent use.
type lru[V any] struct {
	most  int
	byKey map[[16]byte]*list.Element // of *entry[V]
	used  *list.List                 // the least recently used entry last
}

type entry[V any] struct {
	key   [16]byte
	value V
}

func newLRU[V any](most int) lru[V] {
	return lru[V]{most: most, byKey: make(map[[16]byte]*list.Element), used: list.New()}
}

// get returns the value of key, a new one from make when there is none.
func (m *lru[V]) get(key string, make func() V) V {
	sum := sha256.Sum256([]byte(key))
	k := [16]byte(sum[:16])
	if e := m.byKey[k]; e != nil {
		m.used.MoveToFront(e)
		return e.Value.(*entry[V]).value
	}
	if len(m.byKey) >= m.most {
		oldest := m.used.Back()
		delete(m.byKey, oldest.Value.(*entry[V]).key)
		m.used.Remove(oldest)
	}
	e := &entry[V]{k, make()}
	m.byKey[k] = m.used.PushFront(e)
	return e.value
}
