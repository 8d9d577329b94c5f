package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxVerified bounds each of the two maps of verifiedTokens. A token takes about 200 bytes.
const maxVerified = 4096

// verifiedTokens caches access tokens with a verified signature, by hash: a client sends the same token for
// minutes. get checks the end of the token; the caller checks the session. A full recent replaces older.
// The zero value is ready to use, from any goroutine.
type verifiedTokens struct {
	mu            sync.Mutex
	recent, older map[[sha256.Size]byte]verifiedToken
}

// verifiedToken is the session and the end of an access token.
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
