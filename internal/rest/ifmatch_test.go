package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/post"
)

// FuzzIfMatch: a value is either refused or the form of the version that was read from it.
func FuzzIfMatch(f *testing.F) {
	for _, seed := range []string{``, `*`, `"1"`, `W/"12"`, `"1", "2"`, `"01"`, `"-1"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := &http.Request{Header: http.Header{"If-Match": {value}}}
		version, err := ifMatch(r)
		switch {
		case err != nil && version == 0, err == nil && version == 0 && value == "", err == nil && version == post.AnyVersion && value == "*":
		case err == nil && version > 0 && strings.TrimPrefix(value, "W/") == fmt.Sprintf("%q", fmt.Sprint(version)):
		default:
			t.Errorf("%q: version %d, %v", value, version, err)
		}
	})
}
