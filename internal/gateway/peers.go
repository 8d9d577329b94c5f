package gateway

import (
	"context"
	"encoding/json"
	"time"
)

// Peers are the desk's other nodes. Whoever makes them calls PeersChanged when their
// notes change.
type Peers interface {
	// Tell gives the other nodes a note in the place of the last one. It never waits.
	Tell(note []byte)
	// Notes returns what each of the other living nodes told last.
	Notes() map[string][]byte
}

const (
	shareInterval = 250 * time.Millisecond // between two notes, at least
	maxNote       = 64 << 10               // bytes of one
)

// PeersChanged says that what the other nodes tell has changed. It never waits.
func (h *Hub) PeersChanged() { signal(h.presence.dirty) }

// sharePresence tells the other nodes who is on this one when that changes.
func (h *Hub) sharePresence(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.presence.unshared:
		}
		h.cfg.Peers.Tell(note(h.present(nil).list()))
		select {
		case <-ctx.Done():
			return
		case <-time.After(shareInterval):
		}
	}
}

// note writes down who is here, as many of the first as fit.
func note(list []present) []byte {
	for {
		text, err := json.Marshal(list)
		if err == nil && len(text) <= maxNote {
			return text
		}
		list = list[:len(list)/2]
	}
}

// others reads the other nodes' notes. What this version does not understand is left out.
func (h *Hub) others() (all []present) {
	if h.cfg.Peers == nil {
		return nil
	}
	for _, note := range h.cfg.Peers.Notes() {
		var list []present
		if json.Unmarshal(note, &list) != nil {
			continue
		}
		for _, p := range list {
			if _, known := rank[p.State]; known && (p.PostID == nil) == (p.State == stateOnline) && (p.Line == nil || *p.Line >= 1 && *p.Line <= maxLine) {
				all = append(all, p)
			}
		}
	}
	return all
}
