package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// auditLine returns the newest line of the log with that message, without what differs in each run.
func auditLine(t *testing.T, log fmt.Stringer, message string) (line map[string]any, raw string) {
	t.Helper()
	for text := range strings.Lines(log.String()) {
		if strings.Contains(text, fmt.Sprintf(`"msg":%q`, message)) {
			raw = text
		}
	}
	if raw == "" {
		t.Fatalf("no line %q in the log:\n%s", message, log)
	}
	testkit.Must(t, json.Unmarshal([]byte(raw), &line))
	return line, raw
}

func TestAudit_serve(t *testing.T) {
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord})
	want := func(message string, contains ...string) {
		t.Helper()
		_, raw := auditLine(t, p.log, message)
		for _, c := range contains {
			if !strings.Contains(raw, c) {
				t.Errorf("%q lacks %s: %s", message, c, raw)
			}
		}
	}
	login := func(email, word string) {
		p.call("POST /api/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, word), "X-Request-Id: request-"+fmt.Sprint(len(email)))
	}
	login("admin@localhost", "a wrong password")
	want("sign-in failed", `"address":"127.0.0.1","user":1,"email":"admin@localhost"`, `"request":"request-15"`)
	login("typed a s3cret here", "x")
	want("sign-in failed", `"address":"127.0.0.1","user":0,"request"`)

	token := p.signIn("admin@localhost", testWord)
	want("signed in", `"address":"127.0.0.1","user":1,"email":"admin@localhost","session":"`, `"request":"`)
	signedIn, _ := auditLine(t, p.log, "signed in")
	by := fmt.Sprintf(`"by":"admin@localhost","bySession":%q`, signedIn["session"])

	p.want(201, token, "POST /api/users", `{"email":"ana@desk.test","name":"Ana","role":"viewer","password":"the s3cret of Ana"}`)
	want("user added", `"user":2,"email":"ana@desk.test","role":"viewer"`, by, `"address":"127.0.0.1","request":"`)
	p.want(200, token, "PATCH /api/users/2", `{"role":"editor","name":"Ana B"}`)
	want("user changed", `"user":2,"email":"ana@desk.test","name":{"from":"Ana","to":"Ana B"},"role":{"from":"viewer","to":"editor"},"by"`, by)
	p.want(200, token, "PATCH /api/users/2", `{"password":"another s3cret of Ana"}`)
	want("user changed", `"email":"ana@desk.test","newPassword":true,"temporary":`, by)
	p.want(200, token, "PATCH /api/users/2", `{"disabled":true}`)
	want("user changed", `"disabled":{"from":false,"to":true}`, by)
	login("ana@desk.test", "another s3cret of Ana")
	want("sign-in refused: the account is disabled", `"user":2,"email":"ana@desk.test"`)

	p.want(422, token, "POST /api/auth/password", `{"current":"a wrong s3cret","next":"a newer s3cret word"}`)
	want("wrong password in a session", `"email":"admin@localhost","session":"`)
	p.want(204, token, "POST /api/auth/password", fmt.Sprintf(`{"current":%q,"next":"a newer s3cret word"}`, testWord))
	want("password changed", `"email":"admin@localhost","session":"`)
	p.want(204, token, "DELETE /api/auth/sessions", "")
	want("all other sessions revoked", by)
	p.want(204, token, "POST /api/auth/logout", "")
	want("signed out", `"user":1,"email":"admin@localhost","session":"`, `"address":"127.0.0.1","request":"`)

	for range 30 {
		login("ana@desk.test", "guess")
	}
	if n := strings.Count(p.log.String(), "password refused: too many failures"); n != 1 {
		t.Errorf("%d lines about refused passwords, want 1", n)
	}
	metrics := p.call("GET /metrics", "").body
	for _, outcome := range []string{`accepted",wiredesk_node="`, `failed",wiredesk_node="`, `limited",wiredesk_node="`, `disabled",wiredesk_node="`} {
		if !strings.Contains(metrics, `wiredesk_signins_total{outcome="`+outcome) {
			t.Errorf("no metric of sign-ins with the outcome %s", outcome)
		}
	}
	if strings.Contains(p.log.String(), "s3cret") || strings.Contains(p.log.String(), testWord) {
		t.Errorf("a secret is in the log:\n%s", p.log)
	}
}

// Changes of accounts on the command line are logged by the command.
func TestAudit_commandLine(t *testing.T) {
	settings := map[string]string{"DATA_DIR": t.TempDir(), "WIREDESK_NODE": "tool"}
	for _, c := range []struct{ args, stdin, message, want string }{
		{"add ana@desk.test --role viewer", "the s3cret of Ana\n", "user added", `"user":1,"email":"ana@desk.test","role":"viewer","temporary":false,"by":"command line (`},
		{"role ana@desk.test editor", "", "user changed", `"role":{"from":"viewer","to":"editor"},"by":"command line (`},
		{"disable ana@desk.test", "", "user changed", `"disabled":{"from":false,"to":true},"by":"command line (`},
		{"enable ana@desk.test", "", "user changed", `"disabled":{"from":true,"to":false},"by":"command line (`},
		{"passwd ana@desk.test --temporary", "another s3cret of Ana\n", "user changed", `"newPassword":true,"temporary":true,"by":"command line (`},
	} {
		e, _, log := tool(c.stdin, settings)
		testkit.Must(t, run(t.Context(), append([]string{"user"}, strings.Fields(c.args)...), e))
		if _, raw := auditLine(t, log, c.message); !strings.Contains(raw, c.want) || strings.Contains(log.String(), "s3cret") || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("%s: %s", c.args, log)
		}
	}
}
