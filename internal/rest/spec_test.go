package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/wiredesk/wiredesk/api"
)

// spec is the OpenAPI document, loaded once.
var spec = sync.OnceValues(func() (*openapi3.T, routers.Router) {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI())
	if err != nil {
		panic(err) // the tests of package api show it better
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		panic(err)
	}
	return doc, router
})

// conforms checks an answer against the OpenAPI document, and that an accepted request is
// one that the document allows.
func conforms(req *http.Request, body string, a answer) error {
	_, router := spec()
	route, params, err := router.FindRoute(req)
	if err != nil || a.Code == http.StatusMethodNotAllowed || strings.HasSuffix(req.URL.Path, "/") {
		return conformsElsewhere(req, a)
	}
	input := &openapi3filter.RequestValidationInput{Request: req.Clone(context.Background()), PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if a.Code < 300 && req.Method != http.MethodHead {
		input.Request.Body = io.NopCloser(strings.NewReader(body))
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			return fmt.Errorf("the document forbids what was accepted: %w", err)
		}
	}
	if route.Operation.Responses.Status(a.Code) == nil {
		return fmt.Errorf("the document does not know the status %d here", a.Code)
	}
	output := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: a.Code, Header: a.Header(),
		Options: &openapi3filter.Options{IncludeResponseStatus: true}}
	if err := openapi3filter.ValidateResponse(context.Background(), output.SetBodyBytes([]byte(a.body))); err != nil {
		return fmt.Errorf("the answer is not as documented: %w", err)
	}
	return nil
}

// conformsElsewhere is for what belongs to no operation: below /api it must be a problem
// with status 404 or 405.
func conformsElsewhere(req *http.Request, a answer) error {
	if !strings.HasPrefix(req.URL.Path, "/api/") || req.Method == http.MethodOptions || req.Method == http.MethodHead {
		return nil
	}
	if a.Code != http.StatusNotFound && a.Code != http.StatusMethodNotAllowed {
		return fmt.Errorf("status %d of a call that is not in the document", a.Code)
	}
	if got := a.Header().Get("Content-Type"); got != "application/problem+json" {
		return fmt.Errorf("a refusal of type %q", got)
	}
	doc, _ := spec()
	var problem any
	if err := json.Unmarshal([]byte(a.body), &problem); err != nil {
		return fmt.Errorf("a refusal that is no JSON: %w", err)
	}
	return doc.Components.Schemas["Problem"].Value.VisitJSON(problem, openapi3.EnableJSONSchema2020())
}

// operations calls f for each operation of the document.
func operations(f func(path, method string, op *openapi3.Operation)) {
	doc, _ := spec()
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			f(path, method, op)
		}
	}
}

// decode reads the body of an answer.
func decode[T any](a answer) (v T, err error) {
	dec := json.NewDecoder(bytes.NewReader([]byte(a.body)))
	if err := dec.Decode(&v); err != nil {
		return v, fmt.Errorf("status %d, %q: %w", a.Code, a.body, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return v, fmt.Errorf("more than one value in %q", a.body)
	}
	return v, nil
}
