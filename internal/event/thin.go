package event

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/wiredesk/wiredesk/internal/jsonobj"
)

// Thin returns e with the content of its post replaced by contentHash, the SHA-256 of the
// content in lower-case hexadecimal. Every other byte of the data is kept. An event without
// content, such as a thinned one, is returned unchanged.
func Thin(e Event) (Event, error) {
	m, found, err := jsonobj.Find(e.Data, "content")
	if err != nil {
		return e, fmt.Errorf("thinning event %d: %w", e.Seq, err)
	}
	if !found {
		return e, nil
	}
	var content string
	if err := json.Unmarshal(e.Data[m.Value:m.End], &content); err != nil {
		return e, fmt.Errorf("thinning event %d: %w", e.Seq, err)
	}
	hash := sha256.Sum256([]byte(content))
	e.Data = jsonobj.Replace(e.Data, m, "contentHash", `"`+hex.EncodeToString(hash[:])+`"`)
	return e, nil
}

// Thinned reports whether the content of e was replaced by its hash.
func (e Event) Thinned() bool {
	_, hashed, err := jsonobj.Find(e.Data, "contentHash")
	if err != nil || !hashed {
		return false
	}
	_, found, err := jsonobj.Find(e.Data, "content")
	return err == nil && !found
}
