package auth

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// A refresh token is the session's id, a dot and a secret. The first secret is random; each later one is
// derived from the one before with the session's RefreshKey. The last bytes of a secret are a MAC with
// that key. The database has the hash of the current secret and the key. With these the server can
// recognise every secret that the session ever issued, and compute the successor of a presented one; a
// reader of the database cannot create a token.
const (
	secretBytes = 32
	macBytes    = 16
	// refreshGrace is the time for which a replaced refresh token yields its successor.
	refreshGrace = 30 * time.Second
	// maxReplaced bounds the replacements of a session's token within refreshGrace.
	maxReplaced = 32
)

// ErrUnknownToken is the Unauthorized fault of a refresh token that was never issued.
var ErrUnknownToken error = fault.New(fault.Unauthorized, "You are not signed in.")

// secretState is the relation of a presented secret to its session.
type secretState int

const (
	unknownSecret  secretState = iota // never issued
	currentSecret                     // the newest one
	replacedSecret                    // replaced within refreshGrace
	expiredSecret                     // replaced before
)

// newSecret gives a new session its key and its first secret.
func (s *Session) newSecret() (secret string) {
	s.RefreshKey = randomBytes(secretBytes)
	secret = sealSecret(s.RefreshKey, randomBytes(secretBytes))
	s.RefreshHash = hashSecret(secret)
	return secret
}

// lookUp returns the state of a presented secret at now, and the current secret if the presented one is
// the current or a replaced one.
func (s Session) lookUp(secret string, now time.Time) (state secretState, current string) {
	if subtle.ConstantTimeCompare(hashSecret(secret), s.RefreshHash) == 1 {
		return currentSecret, secret
	}
	if len(s.RefreshKey) == 0 {
		return unknownSecret, ""
	}
	next := secret
	for _, at := range s.Replaced {
		next = nextSecret(s.RefreshKey, next)
		if subtle.ConstantTimeCompare(hashSecret(next), s.RefreshHash) == 1 {
			if now.Sub(at) <= refreshGrace {
				return replacedSecret, next
			}
			return expiredSecret, ""
		}
	}
	if isSealed(s.RefreshKey, secret) {
		return expiredSecret, ""
	}
	return unknownSecret, ""
}

// replaceSecret replaces the current secret by its successor and returns that. After maxReplaced
// replacements within refreshGrace it keeps the secret.
func (s *Session) replaceSecret(secret string, now time.Time) string {
	if len(s.RefreshKey) == 0 { // stored by an older version
		s.RefreshKey = randomBytes(secretBytes)
	}
	n := 0
	for n < len(s.Replaced) && now.Sub(s.Replaced[n]) <= refreshGrace {
		n++
	}
	if n == maxReplaced {
		return secret
	}
	s.Replaced = append([]time.Time{now}, s.Replaced[:n]...)
	next := nextSecret(s.RefreshKey, secret)
	s.RefreshHash = hashSecret(next)
	return next
}

// Refresh exchanges a refresh token for new tokens. A token replaced within refreshGrace yields its
// successor, so that two tabs that refresh at the same time, and a client that has lost a response, keep
// the session. A token replaced earlier may have been stolen: it ends the session. A token that was never
// issued changes nothing. While the database answers reads but stores no change (its disk is full, or it
// is read-only during a failover), the token is not replaced, so that signed-in users can still read.
func (s *Service) Refresh(ctx context.Context, token string) (Tokens, error) {
	id, secret, _ := strings.Cut(token, ".")
	session, u, err := s.store.Session(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return Tokens{}, ErrUnknownToken
	}
	if err != nil {
		return Tokens{}, err
	}
	state, current := session.lookUp(secret, s.now())
	if state == currentSecret {
		state, current, err = s.replace(ctx, id, secret, &session, &u)
		if kind := fault.KindOf(err); kind == fault.Full || kind == fault.Unavailable {
			state, current, session, u, err = s.reread(ctx, id, secret, err)
		}
		if err != nil {
			return Tokens{}, fmt.Errorf("replacing a refresh token: %w", err)
		}
	}
	switch {
	case state == unknownSecret:
		return Tokens{}, ErrUnknownToken
	case u.Disabled && state != expiredSecret:
		return Tokens{}, fault.New(fault.Unauthorized, disabledText)
	case !session.live(u, s.now()):
		return Tokens{}, errSessionEnded
	case state == expiredSecret:
		if err := s.revoke(ctx, id); err != nil {
			return Tokens{}, err
		}
		s.cfg.Logger.WarnContext(ctx, "replaced refresh token used again: session revoked", logUser(u), "session", id)
		return Tokens{}, errSessionEnded
	}
	return s.tokens(u, session, current)
}

// replace replaces the secret if it is still the current one of a live session. It sets session and u to
// the stored ones and returns the state of the presented secret.
func (s *Service) replace(ctx context.Context, id, secret string, session *Session, u *User) (state secretState, current string, err error) {
	err = s.store.UpdateAccess(ctx, func(tx Tx) (err error) {
		now := s.now()
		if *session, *u, err = tx.LockSession(id); err != nil {
			return err
		}
		if state, current = session.lookUp(secret, now); state != currentSecret || !session.live(*u, now) {
			return nil
		}
		current = session.replaceSecret(secret, now)
		session.LastUsedAt, session.ExpiresAt = now, s.sessionEnd(session.CreatedAt, now)
		return tx.UpdateSession(*session)
	})
	return state, current, err
}

// reread returns the stored session and the state of its secret after replace has failed with cause. The
// commit may have succeeded. If the session cannot be read either, it returns cause.
func (s *Service) reread(ctx context.Context, id, secret string, cause error) (state secretState, current string, session Session, u User, err error) {
	session, u, err = s.store.Session(ctx, id)
	switch fault.KindOf(err) {
	case fault.NotFound:
		return unknownSecret, "", session, u, nil
	case fault.Unavailable:
		return unknownSecret, "", session, u, cause
	}
	state, current = session.lookUp(secret, s.now())
	return state, current, session, u, err
}

// nextSecret returns the successor of secret.
func nextSecret(key []byte, secret string) string {
	return sealSecret(key, sum(key, "next", []byte(secret)))
}

// sealSecret returns the text of a secret: b and its MAC.
func sealSecret(key, b []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(bytes.Clone(b), sum(key, "issued", b)[:macBytes]...))
}

// isSealed reports whether secret is a result of sealSecret with key.
func isSealed(key []byte, secret string) bool {
	b, err := base64.RawURLEncoding.DecodeString(secret)
	if err != nil || len(b) != secretBytes+macBytes {
		return false
	}
	return hmac.Equal(sum(key, "issued", b[:secretBytes])[:macBytes], b[secretBytes:])
}

func sum(key []byte, purpose string, b []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(purpose))
	mac.Write(b)
	return mac.Sum(nil)
}

func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
