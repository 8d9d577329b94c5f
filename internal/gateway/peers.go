package gateway

import (
	"context"
	"encoding/json"
	"time"
)

// Peers exchanges a payload with the other nodes of the installation. Its owner calls Hub.PeersChanged when
// their payloads change.
type Peers interface {
	// SetPayload replaces the payload of this node for the others. It does not block.
	SetPayload(payload []byte)
	// Payloads returns the last payload of each other node that is alive.
	Payloads() map[string][]byte
}

const (
	shareInterval = 250 * time.Millisecond // minimum between two payloads
	maxPayload    = 64 << 10               // bytes
)

// share sends the presence list of this node to the other nodes when it changes.
func (p *presence) share(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.unshared:
		}
		p.peers.SetPayload(encodePayload(p.collect(nil).list()))
		select {
		case <-ctx.Done():
			return
		case <-time.After(shareInterval):
		}
	}
}

// encodePayload encodes as many of the first entries as fit maxPayload.
func encodePayload(list []presenceEntry) []byte {
	for {
		text, err := json.Marshal(list)
		if err == nil && len(text) <= maxPayload {
			return text
		}
		list = list[:len(list)/2]
	}
}

// others decodes the payloads of the other nodes. Entries that this version does not know are left out.
func (p *presence) others() (all []presenceEntry) {
	if p.peers == nil {
		return nil
	}
	for _, payload := range p.peers.Payloads() {
		var list []presenceEntry
		if json.Unmarshal(payload, &list) != nil {
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
