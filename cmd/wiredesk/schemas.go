package main

import (
	"github.com/wiredesk/wiredesk/api"
	"github.com/wiredesk/wiredesk/internal/event"
)

// schemas returns the URL below which the nodes serve the JSON Schemas of the records.
func (c config) schemas() string { return c.origin + "/api/schemas/" }

// recordSchemas returns the JSON Schemas of the records' data by their names.
func recordSchemas(base string) map[string][]byte {
	return map[string][]byte{
		event.PostSchema:    api.JSONSchema("Post", base+event.PostSchema),
		event.DeletedSchema: api.JSONSchema("DeletedPost", base+event.DeletedSchema),
	}
}
