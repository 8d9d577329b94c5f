package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	issuer   = "wiredesk"
	audience = "wiredesk"
)

// MinSecret is the minimum length of a signing secret in bytes.
const MinSecret = 32

// keyring signs access tokens with the current secret and verifies tokens of both secrets.
type keyring struct {
	kid     string
	keys    map[string][]byte // by kid
	access  *jwt.Parser
	devices *jwt.Parser

	verified verifiedTokens // access tokens
}

func newKeyring(secret, previous []byte) (*keyring, error) {
	k := &keyring{kid: keyID(secret), keys: make(map[string][]byte)}
	for _, s := range [][]byte{secret, previous} {
		if len(s) == 0 {
			continue
		}
		if len(s) < MinSecret {
			return nil, fmt.Errorf("a signing secret has %d bytes; at least %d are needed", len(s), MinSecret)
		}
		k.keys[keyID(s)] = s
	}
	if len(secret) == 0 {
		return nil, errors.New("the signing secret is missing")
	}
	k.access, k.devices = newParser(audience), newParser(deviceAudience)
	return k, nil
}

func newParser(audience string) *jwt.Parser {
	return jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired())
}

// KeyIDs returns the id of the signing secret, and the ids of all secrets that verify tokens.
func (s *Service) KeyIDs() (signs string, accepts []string) {
	return s.keys.kid, slices.Sorted(maps.Keys(s.keys.keys))
}

func keyID(secret []byte) string {
	sum := sha256.Sum256(append([]byte("wiredesk kid "), secret...))
	return hex.EncodeToString(sum[:4])
}

type claims struct {
	jwt.RegisteredClaims
	Session string `json:"sid"`
}

// sign returns an access token for the session and its end.
func (k *keyring) sign(u User, session string, now time.Time, ttl time.Duration) (string, error) {
	return k.signClaims(claims{Session: session, RegisteredClaims: jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: strconv.FormatInt(u.ID, 10),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(ttl)), ID: randomText(9),
	}})
}

func (k *keyring) signClaims(c jwt.Claims) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, c)
	t.Header["kid"] = k.kid
	return t.SignedString(k.keys[k.kid])
}

// verify returns the session of an access token and the end of the token.
func (k *keyring) verify(token string) (session string, expires time.Time, err error) {
	hash := sha256.Sum256([]byte(token))
	if t, ok := k.verified.get(hash, time.Now()); ok {
		return t.session, t.expires, nil
	}
	var c claims
	_, err = k.access.ParseWithClaims(token, &c, k.key)
	if err != nil {
		return "", time.Time{}, err
	}
	k.verified.put(hash, verifiedToken{c.Session, c.ExpiresAt.Time})
	return c.Session, c.ExpiresAt.Time, nil
}

func (k *keyring) key(t *jwt.Token) (any, error) {
	kid, _ := t.Header["kid"].(string)
	if key, ok := k.keys[kid]; ok {
		return key, nil
	}
	return nil, errors.New("unknown key id")
}
