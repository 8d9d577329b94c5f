package auth

import (
	"crypto/sha256"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// A token that is verified again is refused after its end; a token that differs in one character is another one.
func TestKeyring_verifiesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, err := newKeyring(make([]byte, MinSecret), nil)
		if err != nil {
			t.Fatal(err)
		}
		token, err := k.sign(User{ID: 3}, "s", time.Now(), 15*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			session, expires, err := k.verify(token)
			if err != nil || session != "s" || time.Until(expires) != 15*time.Minute {
				t.Errorf("session %q until %v: %v", session, expires, err)
			}
		}
		if n := len(k.verified.recent); n != 1 {
			t.Errorf("%d tokens are kept, want 1", n)
		}
		for i := range len(token) {
			other := []byte(token)
			other[i] ^= 0x10
			if _, _, err := k.verify(string(other)); err == nil {
				t.Errorf("%s was accepted", other)
			}
		}
		if n := len(k.verified.recent); n != 1 {
			t.Errorf("%d tokens are kept, want only the good one", n)
		}
		time.Sleep(15 * time.Minute)
		if _, _, err := k.verify(token); err == nil {
			t.Error("the token was accepted after its end")
		}
	})
}

// Few tokens are kept, those in use among them.
func TestVerifiedTokens_bounds(t *testing.T) {
	var v verifiedTokens
	hash := func(n int) [sha256.Size]byte { return sha256.Sum256([]byte(strconv.Itoa(n))) }
	now := time.Now()
	for n := range 5 * maxVerified {
		v.put(hash(n), verifiedToken{session: strconv.Itoa(n), expires: now.Add(time.Minute)})
		if n%(maxVerified/2) != 0 {
			continue
		}
		if got, ok := v.get(hash(0), now); !ok || got.session != "0" {
			t.Fatalf("after %d tokens the one in use is %+v, kept %v", n, got, ok)
		}
		if kept := len(v.recent) + len(v.older); kept > 2*maxVerified {
			t.Fatalf("%d tokens are kept", kept)
		}
	}
	if _, ok := v.get(hash(1), now); ok {
		t.Error("an unused token is still kept")
	}
}
