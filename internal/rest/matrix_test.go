package rest_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// everyone lists the callers of an operation, from the fewest rights up, with the status that each gets.
type everyone struct{ nobody, viewer, editor, admin int }

func all(status int) everyone         { return everyone{status, status, status, status} }
func readers(status int) everyone     { return everyone{401, status, status, status} }
func editors(status int) everyone     { return everyone{401, 403, status, status} }
func adminsAlone(status int) everyone { return everyone{401, 403, 403, status} }

// matrix has every operation of the OpenAPI document: a good request, and the roles that may make it.
var matrix = map[string]struct {
	body   string
	header string
	status everyone
}{
	"login":           {body: credentials(viewer, password), status: all(200)},
	"refresh":         {header: "Cookie: wiredesk_refresh={refresh}", status: readers(200)},
	"logout":          {status: readers(204)},
	"getMe":           {status: readers(200)},
	"changePassword":  {body: `{"current":"` + password + `","next":"another ` + password + `"}`, status: readers(204)},
	"reauthenticate":  {body: `{"password":"` + password + `"}`, status: readers(204)},
	"listSessions":    {status: readers(200)},
	"revokeSession":   {status: readers(204)},
	"revokeSessions":  {status: readers(204)},
	"listPosts":       {status: readers(200)},
	"createPost":      {body: `{"title":"New"}`, status: editors(201)},
	"getPost":         {status: readers(200)},
	"updatePost":      {body: `{"title":"New"}`, header: `If-Match: "1"`, status: editors(200)},
	"deletePost":      {status: editors(204)},
	"publishPost":     {body: `{"published":true}`, status: editors(200)},
	"listHistory":     {status: readers(200)},
	"restorePost":     {body: `{"version":1}`, status: editors(200)},
	"listCategories":  {status: readers(200)},
	"listTags":        {status: readers(200)},
	"listAuthors":     {status: readers(200)},
	"renderMarkdown":  {body: `{"content":"a"}`, status: readers(200)},
	"listEvents":      {status: readers(200)},
	"getStatus":       {status: readers(200)},
	"listUsers":       {status: adminsAlone(200)},
	"createUser":      {body: `{"email":"{fresh}@desk.test","name":"A","role":"viewer","password":"long enough"}`, status: adminsAlone(201)},
	"updateUser":      {body: `{"name":"A"}`, status: adminsAlone(200)},
	"listPublicPosts": {status: all(200)},
	"getPublicPost":   {status: all(200)},
	"openSocket":      {status: all(426)}, // the gateway's answer: its own tests cover the roles
	"openStream":      {status: all(401)}, // likewise
	"getHealth":       {status: all(200)},
	"getReadiness":    {status: all(200)},
	"getMetrics":      {status: all(200)},
	"getOpenAPI":      {status: all(200)},
	"getAsyncAPI":     {status: all(200)},
	"getSchema":       {status: all(200)},
}

func TestMatrix_everyRoleOnEveryOperation(t *testing.T) {
	d := newDesk(t)
	known := map[string]bool{}
	operations(func(path, method string, op *openapi3.Operation) {
		known[op.OperationID] = true
		row, ok := matrix[op.OperationID]
		if !ok {
			t.Errorf("%s %s (%s) is not in the matrix", method, path, op.OperationID)
			return
		}
		for role, want := range map[auth.Role]int{nobody: row.status.nobody, viewer: row.status.viewer, editor: row.status.editor, admin: row.status.admin} {
			tokens := auth.Tokens{Refresh: "none.none"}
			if role != nobody {
				tokens = d.signIn(role)
				d.tokens[role] = tokens.Access // each call has a session of its own: some end it
			}
			session, _, _ := strings.Cut(tokens.Refresh, ".")
			id := d.fresh()
			published(d, id)
			fill := strings.NewReplacer("{id}", fmt.Sprint(id), "{slug}", fmt.Sprintf("fresh-%d", d.made), "{sessionId}", session,
				"{userId}", "3", "{name}", "post-v1.json", "{refresh}", tokens.Refresh, "{fresh}", fmt.Sprintf("u%d", d.made))
			if a := d.do(role, method+" "+fill.Replace(path), fill.Replace(row.body), fill.Replace(row.header)); a.Code != want {
				t.Errorf("%s as %q: status %d, want %d: %s", op.OperationID, role, a.Code, want, a.body)
			}
			if op.OperationID == "changePassword" && role != nobody {
				old := password
				_, err := d.auth.UpdateUser(d.Context(), auth.System, d.users[role].ID, auth.UserChange{Password: &old})
				testkit.Must(t, err)
			}
		}
	})
	for id := range matrix {
		if !known[id] {
			t.Errorf("%s is in the matrix and not in the document", id)
		}
	}
}

// A call whose description requires a token fails without one, and the others do not.
func TestMatrix_documentSaysWhatNeedsAToken(t *testing.T) {
	operations(func(path, method string, op *openapi3.Operation) {
		free := op.Security != nil && len(*op.Security) == 0
		if open := matrix[op.OperationID].status.nobody != 401; open != free && op.OperationID != "openSocket" {
			t.Errorf("%s %s works for anybody: %v; the document says %v", method, path, open, free)
		}
	})
}

// The routes are read from the source, as a mux does not list them.
func TestMatrix_documentHasEveryRoute(t *testing.T) {
	source, err := os.ReadFile("server.go")
	testkit.Must(t, err)
	documented := map[string]bool{}
	operations(func(path, method string, _ *openapi3.Operation) { documented[method+" "+path] = true })
	routes := regexp.MustCompile(`\.Handle(?:Func)?\("([^"]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(routes) < 20 {
		t.Fatalf("only %d routes found in server.go", len(routes))
	}
	for _, m := range routes {
		if route := m[1]; !documented[route] && !slices.Contains([]string{"/", "/api/", "GET /debug/pprof/"}, route) {
			t.Errorf("%s is served and not documented", route)
		}
	}
}

// Methods and paths that the document lacks are refused, and Allow names the methods that it has.
func TestMatrix_otherMethodsAre405(t *testing.T) {
	d := newDesk(t)
	doc, _ := spec()
	for path, item := range doc.Paths.Map() {
		if !strings.HasPrefix(path, "/api/") {
			continue
		}
		var known []string
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if item.GetOperation(method) != nil {
				known = append(known, method)
			}
		}
		target := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "1")
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if slices.Contains(known, method) {
				continue
			}
			a := d.do(admin, method+" "+target, "")
			if a.Code != http.StatusMethodNotAllowed || a.Header().Get("Allow") != strings.Join(known, ", ") {
				t.Errorf("%s %s: status %d, Allow %q; want 405 and %v", method, target, a.Code, a.Header().Get("Allow"), known)
			}
		}
	}
}
