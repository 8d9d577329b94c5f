// Package api holds the two documents of what clients rely on: openapi.yaml for
// REST and asyncapi.yaml for the WebSocket and Kafka, and gives them as JSON, also single schemas.
// Tests check the server's answers against it.
package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed openapi.yaml
var openAPIYAML []byte

//go:embed asyncapi.yaml
var asyncAPIYAML []byte

type object = map[string]any

// OpenAPI returns the OpenAPI document as JSON. The caller must not change it.
func OpenAPI() []byte { return openAPI() }

// AsyncAPI returns the AsyncAPI document as JSON, complete in itself: it holds
// the schemas that it shares with the OpenAPI one. The caller must not change it.
func AsyncAPI() []byte { return asyncAPI() }

var openAPI = sync.OnceValue(func() []byte { return encode(decode(openAPIYAML)) })

var asyncAPI = sync.OnceValue(func() []byte {
	doc := decode(asyncAPIYAML)
	adopt(doc, componentSchemas, schemas(doc), schemas(decode(openAPIYAML)))
	return encode(doc)
})

// JSONSchema returns a schema of the OpenAPI document as a JSON Schema 2020-12 document with the
// absolute URL id as its $id. The schemas that it refers to are in its $defs. It panics when the
// OpenAPI document has no schema with that name.
func JSONSchema(name, id string) []byte {
	shared, defs := schemas(decode(openAPIYAML)), object{}
	doc := maps.Clone(shared[name].(object))
	adopt(doc, "#/$defs/", defs, shared)
	doc["$schema"], doc["$id"], doc["$defs"] = "https://json-schema.org/draft/2020-12/schema", id, defs
	return encode(doc)
}

// componentSchemas begins the references to schemas in the OpenAPI and the AsyncAPI document.
const componentSchemas = "#/components/schemas/"

// adopt copies to own each schema of shared that node refers to, directly or
// through another schema, and makes the references point to the copies, which are at prefix.
func adopt(node any, prefix string, own, shared object) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			adopt(item, prefix, own, shared)
		}
	case object:
		if ref, ok := node["$ref"].(string); ok {
			name, ok := strings.CutPrefix(strings.TrimPrefix(ref, "openapi.yaml"), componentSchemas)
			if ok {
				node["$ref"] = prefix + name
			}
			if schema, found := shared[name]; ok && found && own[name] == nil {
				own[name] = schema
				adopt(schema, prefix, own, shared)
			}
		}
		for _, value := range node {
			adopt(value, prefix, own, shared)
		}
	}
}

func schemas(doc object) object { return doc["components"].(object)["schemas"].(object) }

// decode and encode panic only when an embedded document is broken, which no
// build that passed the tests of this package can carry.
func decode(document []byte) object {
	var doc object
	if err := yaml.Unmarshal(document, &doc); err != nil {
		panic(fmt.Errorf("reading an embedded API document: %w", err))
	}
	return doc
}

func encode(doc object) []byte {
	document, err := json.Marshal(doc)
	if err != nil {
		panic(fmt.Errorf("encoding an embedded API document: %w", err))
	}
	return document
}
