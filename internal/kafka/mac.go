package kafka

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// macInfo is the HKDF info that separates the key of records from other keys of the same secret.
const macInfo = "wiredesk-mac"

// macs computes and verifies the MACs of records: HMAC-SHA-256 of the value, in lower-case
// hexadecimal. A writer without the secret cannot compute one.
type macs struct {
	keys [][]byte // derived by HKDF-SHA-256; the first one signs
}

// newMACs derives the keys. previous may be empty.
func newMACs(secret, previous []byte) (macs, error) {
	var m macs
	for _, s := range [][]byte{secret, previous} {
		if len(m.keys) == 1 && len(s) == 0 {
			break
		}
		key, err := hkdf.Key(sha256.New, s, nil, macInfo, sha256.Size)
		if err != nil {
			return m, fmt.Errorf("deriving the key of the records: %w", err)
		}
		m.keys = append(m.keys, key)
	}
	return m, nil
}

// sign returns the MAC of value.
func (m macs) sign(value []byte) []byte { return mac(m.keys[0], value) }

// match reports whether got is a MAC of value under one of the keys. Comparisons take constant time.
func (m macs) match(got, value []byte) bool {
	if len(got) != hex.EncodedLen(sha256.Size) {
		return false
	}
	for _, key := range m.keys {
		if hmac.Equal(got, mac(key, value)) {
			return true
		}
	}
	return false
}

func mac(key, value []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(value)
	return hex.AppendEncode(nil, h.Sum(nil))
}
