package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// schemaPaths begins the paths of the JSON Schemas, which need no token, from any origin.
const schemaPaths = "/api/schemas/"

// schemaCache lets caches keep a schema for an hour: it changes with the release of the node only.
const schemaCache = "public, max-age=3600"

func (s *server) getSchema(w http.ResponseWriter, r *http.Request) error {
	schema, ok := s.cfg.Schemas[r.PathValue("name")]
	if !ok {
		return fault.New(fault.NotFound, "There is no such schema. The attribute dataschema of a record has the URL of its schema.")
	}
	if notModified(w, r, hashTag(schema), schemaCache) {
		return nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(schema)
	return nil
}

// hashTag returns an ETag that names an answer by its bytes.
func hashTag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}
