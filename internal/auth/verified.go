package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxVerified bounds the tokens that a verifiedTokens keeps, to twice as many. One takes about
// 200 bytes.
const maxVerified = 4096

// verifiedTokens keeps the access tokens whose signature was verified, by their hashes: a client
// sends the same one for minutes. A token's end is checked each time; the callers check its
// session. When recent is full it becomes older, and what older had is
// dropped. The zero value is ready; it may be used from any goroutine.
type verifiedTokens struct {
	mu            sync.Mutex
	recent, older map[[sha256.Size]byte]verifiedToken
}

// verifiedToken is what an access token grants.
type verifiedToken struct {
	session string
	expires time.Time
}

func (v *verifiedTokens) get(hash [sha256.Size]byte, now time.Time) (verifiedToken, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t, ok := v.recent[hash]
	if !ok {
		if t, ok = v.older[hash]; ok {
			v.putLocked(hash, t)
		}
	}
	return t, ok && now.Before(t.expires)
}

func (v *verifiedTokens) put(hash [sha256.Size]byte, t verifiedToken) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.putLocked(hash, t)
}

func (v *verifiedTokens) putLocked(hash [sha256.Size]byte, t verifiedToken) {
	if v.recent == nil || len(v.recent) >= maxVerified {
		v.older, v.recent = v.recent, make(map[[sha256.Size]byte]verifiedToken)
	}
	v.recent[hash] = t
}
