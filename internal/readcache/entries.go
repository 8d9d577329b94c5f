package readcache

import (
	"container/list"
	"time"
)

// entries are the stored answers within their bounds. It drops entries as the algorithm SIEVE does: a hand goes from the oldest
// entry to the newest one and round again, spares each entry that was used since it passed the last time, and drops
// the first one that was not. So many keys that are asked for once do not drive out the ones that are asked for often. It is not safe for concurrent use.
type entries[K comparable, V any] struct {
	bounds Bounds
	bytes  int
	byKey  map[K]*list.Element
	byPost map[int64]map[*list.Element]struct{}
	order  list.List // of *entry[K, V], the newest first
	hand   *list.Element
}

type entry[K comparable, V any] struct {
	key  K
	made Made[V]
	at   time.Time // when it was stored
	used bool
}

func newEntries[K comparable, V any](b Bounds) entries[K, V] {
	return entries[K, V]{bounds: b, byKey: make(map[K]*list.Element), byPost: make(map[int64]map[*list.Element]struct{})}
}

func (s *entries[K, V]) get(key K, now time.Time) (value V, ok bool) {
	at := s.byKey[key]
	if at == nil {
		return value, false
	}
	e := at.Value.(*entry[K, V])
	if now.Sub(e.at) > life {
		s.remove(at)
		return value, false
	}
	e.used = true
	return e.made.Value, true
}

// add stores an answer in place of an earlier one.
func (s *entries[K, V]) add(key K, made Made[V], now time.Time) {
	s.removeKey(key)
	for len(s.byKey) > 0 && (len(s.byKey) >= s.bounds.Entries || s.bytes+made.Bytes > s.bounds.Bytes) {
		s.drop()
	}
	at := s.order.PushFront(&entry[K, V]{key: key, made: made, at: now})
	s.byKey[key] = at
	of := s.byPost[made.Post]
	if of == nil {
		of = make(map[*list.Element]struct{})
		s.byPost[made.Post] = of
	}
	of[at] = struct{}{}
	s.bytes += made.Bytes
}

// drop removes the entry at which the hand stops.
func (s *entries[K, V]) drop() {
	at := s.hand
	for {
		if at == nil {
			at = s.order.Back()
		}
		e := at.Value.(*entry[K, V])
		if !e.used {
			s.hand = at
			s.remove(at)
			return
		}
		e.used = false
		at = at.Prev()
	}
}

func (s *entries[K, V]) remove(at *list.Element) {
	if s.hand == at {
		s.hand = at.Prev()
	}
	e := s.order.Remove(at).(*entry[K, V])
	delete(s.byKey, e.key)
	of := s.byPost[e.made.Post]
	if delete(of, at); len(of) == 0 {
		delete(s.byPost, e.made.Post)
	}
	s.bytes -= e.made.Bytes
}

// removeKey removes the entry of a key, if there is one.
func (s *entries[K, V]) removeKey(key K) {
	if at := s.byKey[key]; at != nil {
		s.remove(at)
	}
}

// removeOf removes the entries of a post, or with 0 those that depend on every event.
func (s *entries[K, V]) removeOf(post int64) {
	for at := range s.byPost[post] {
		s.remove(at)
	}
}

func (s *entries[K, V]) clear() { *s = newEntries[K, V](s.bounds) }
