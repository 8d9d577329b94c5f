package gateway

import (
	"context"
	"encoding/json"
	"time"
)

// Peers exchanges short notes with the other nodes of the installation. Its owner calls Hub.PeersChanged when their
// notes change.
type Peers interface {
	// Tell replaces the note that the other nodes get from this one. It never waits.
	Tell(note []byte)
	// Notes returns the last note of each of the other nodes that are up.
	Notes() map[string][]byte
}

const (
	shareInterval = 250 * time.Millisecond // between two notes, at least
	maxNote       = 64 << 10               // bytes of one
)

// share sends the presence list of this node to the other nodes when it changes.
func (p *presence) share(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.unshared:
		}
		p.peers.Tell(note(p.collect(nil).list()))
		select {
		case <-ctx.Done():
			return
		case <-time.After(shareInterval):
		}
	}
}

// note encodes as many of the first entries as fit maxNote.
func note(list []presenceEntry) []byte {
	for {
		text, err := json.Marshal(list)
		if err == nil && len(text) <= maxNote {
			return text
		}
		list = list[:len(list)/2]
	}
}

// others decodes the other nodes' notes. Entries that this version does not know are left out.
func (p *presence) others() (all []presenceEntry) {
	if p.peers == nil {
		return nil
	}
	for _, note := range p.peers.Notes() {
		var list []presenceEntry
		if json.Unmarshal(note, &list) != nil {
			continue
		}
		for _, e := range list {
			if _, known := rank[e.State]; known && (e.PostID == nil) == (e.State == stateOnline) && (e.Line == nil || *e.Line >= 1 && *e.Line <= maxLine) {
				all = append(all, e)
			}
		}
	}
	return all
}
