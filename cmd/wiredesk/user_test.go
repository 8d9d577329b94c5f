package main

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// TestUser plays the commands in order on one database.
func TestUser(t *testing.T) {
	settings := map[string]string{"DATA_DIR": t.TempDir()}
	for _, c := range []struct {
		args, stdin string
		out, err    string // parts of the output, or of the error
	}{
		{"list", "", "ID  EMAIL  NAME  ROLE  STATE\n", ""},
		{"add Ana@desk.test --role admin", testWord + "\r\n", "Added ana@desk.test (Ana) as admin.\n", ""},
		{"add bo@desk.test --name Bo_B", testWord, "Added bo@desk.test (Bo_B) as editor.\n", ""},
		{"add --role viewer --generate cy@desk.test", "", "Password: ", ""},
		{"list", "", "1   ana@desk.test  Ana   admin   active\n2   bo@desk.test   Bo_B  editor  active\n3   cy@desk.test   cy    viewer  active\n", ""},
		{"add bo@desk.test", testWord, "", "email: A user with this email already exists."},
		{"add di@desk.test --role king", testWord, "", "role: Choose admin, editor or viewer"},
		{"add di@desk.test", "short\n", "", "password: Use at least 10 characters."},
		{"add di@desk.test", "", "", "reading the password from standard input"},
		{"add nobody", testWord, "", "email: Enter an email address"},
		{"add", "", "", "missing argument EMAIL; see 'wiredesk user add --help'"},
		{"role BO@desk.test viewer", "", "Changed bo@desk.test: viewer, active.\n", ""},
		{"role bo@desk.test king", "", "", "role: Choose admin, editor or viewer"},
		{"role bo@desk.test", "", "", "missing argument ROLE; see"},
		{"role no@desk.test viewer", "", "", "there is no user no@desk.test; 'wiredesk user list' lists all"},
		{"role ana@desk.test viewer", "", "", "This is the last active administrator"},
		{"disable ana@desk.test", "", "", "This is the last active administrator"},
		{"disable bo@desk.test", "", "Changed bo@desk.test: viewer, disabled.\n", ""},
		{"list", "", "bo@desk.test   Bo_B  viewer  disabled\n", ""},
		{"enable bo@desk.test", "", "Changed bo@desk.test: viewer, active.\n", ""},
		{"disable", "", "", "missing argument EMAIL"},
		{"passwd bo@desk.test", "another password\n", "Changed bo@desk.test: viewer, active.\n", ""},
		{"passwd bo@desk.test --generate", "", "Password: ", ""},
		{"passwd bo@desk.test --generate --temporary", "", "Password: ", ""},
		{"passwd bo@desk.test", "short", "", "password: Use at least 10 characters."},
		{"passwd no@desk.test", testWord, "", "there is no user no@desk.test"},
		{"passwd", "", "", "missing argument EMAIL"},
		{"fire bo@desk.test", "", "", `unknown command "fire"; see 'wiredesk user --help'`},
		{"lst", "", "", `unknown command "lst" (did you mean "list"?)`},
		{"list bo@desk.test", "", "", `unexpected argument "bo@desk.test"; see 'wiredesk user list --help'`},
		{"list --role admin", "", "", "unknown flag: --role"},
		{"list --colour", "", "", "unknown flag: --colour; see 'wiredesk user list --help'"},
		{"", "", "Usage:\n  wiredesk user COMMAND", ""},
		{"--help", "", "End the user's sessions and refuse new ones", ""},
	} {
		e, out, log := tool(c.stdin, settings)
		err := run(t.Context(), append([]string{"user"}, strings.Fields(c.args)...), e)
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) || !strings.Contains(out.String(), c.out) {
			t.Errorf("user %s: %v\n%s%s", c.args, err, out, log)
		}
		if c.stdin != "" && (strings.Contains(out.String(), strings.TrimSpace(c.stdin)) || strings.Contains(log.String(), strings.TrimSpace(c.stdin))) {
			t.Errorf("user %s prints the password that it was given", c.args)
		}
	}
}

// The server may run meanwhile, and notices at once.
func TestUser_whileTheServerRuns(t *testing.T) {
	dir := t.TempDir()
	p := boot(t, dir, map[string]string{"ADMIN_PASSWORD": testWord})
	do := func(stdin string, args ...string) string {
		e, out, _ := tool(stdin, map[string]string{"DATA_DIR": dir})
		testkit.Must(t, run(t.Context(), append([]string{"user"}, args...), e))
		return out.String()
	}
	generated := regexp.MustCompile(`Password: (\S+)`).FindStringSubmatch(do("", "add", "bo@desk.test", "--generate"))
	token := p.signIn("bo@desk.test", generated[1])
	p.want(201, token, "POST /api/posts", `{"title":"Bo's"}`)
	s := p.connect(token, -1)
	do("", "role", "bo@desk.test", "viewer")
	if code, _ := s.closed(); code != 4403 {
		t.Errorf("a new role closes the socket with %d, want 4403", code)
	}
	p.want(403, token, "POST /api/posts", `{"title":"No longer"}`)
	s = p.connect(token, -1)
	do("", "disable", "bo@desk.test")
	if code, _ := s.closed(); code != 4401 {
		t.Errorf("a disabled user's socket closes with %d, want 4401", code)
	}
	p.want(401, token, "GET /api/posts", "")
	do("", "enable", "bo@desk.test")
	do("a newer word\n", "passwd", "bo@desk.test")
	p.want(200, p.signIn("bo@desk.test", "a newer word"), "GET /api/posts", "")
	if r := p.call("POST /api/auth/login", `{"email":"bo@desk.test","password":"`+generated[1]+`"}`); r.status != 401 {
		t.Errorf("the old password: status %d", r.status)
	}
}

func TestRun_commands(t *testing.T) {
	dir := t.TempDir()
	settings := map[string]string{"DATA_DIR": dir}
	for _, c := range []struct {
		args, out, err string
	}{
		{"--help", "Usage:\n  wiredesk [flags]\n  wiredesk [command]\n", ""},
		{"help", ".env.example lists all", ""},
		{"-h", "Usage:\n  wiredesk [flags]\n  wiredesk [command]\n", ""},
		{"", "Usage:\n  wiredesk [flags]\n  wiredesk [command]\n", ""},
		{"version", "wiredesk ", ""},
		{"migrate", "sqlite://" + dir + "/wiredesk.db is at schema version ", ""},
		{"migrate", "is at schema version ", ""},
		{"migrate --down", "", "unknown flag: --down; see 'wiredesk migrate --help'"},
		{"serve --port 1", "", "unknown flag: --port; see 'wiredesk serve --help'"},
		{"serve -port 1", "", "unknown flag: --port; see 'wiredesk serve --help'"},
		{"bench --rate 0", "", `invalid argument "0" for "--rate" flag: must be a whole number from 1 to 1000; see 'wiredesk bench --help'`},
		{"bench -rate=0", "", `invalid argument "0" for "--rate" flag: must be a whole number from 1 to 1000; see 'wiredesk bench --help'`},
		{"user add ana@desk.test --name -ana --generate", "Added ana@desk.test (-ana) as editor", ""},
		{"user add ben@desk.test -name -ben -generate", "Added ben@desk.test (-ben) as editor", ""},
		{"export", "", "missing argument DIR; see 'wiredesk export --help'"},
		{"verify repair", "", `unexpected argument "repair"; see 'wiredesk verify --help'`},
		{"fly", "", `unknown command "fly"; see 'wiredesk --help'`},
		{"sreve", "", `unknown command "sreve" (did you mean "serve"?); see 'wiredesk --help'`},
	} {
		e, out, _ := tool("", settings)
		err := run(t.Context(), strings.Fields(c.args), e)
		if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) || !strings.Contains(out.String(), c.out) {
			t.Errorf("%s: %v\n%s", c.args, err, out)
		}
	}
}

// An interrupt ends a command.
func TestRun_cancelledToolEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e, _, _ := tool("", map[string]string{"DATA_DIR": t.TempDir()})
	if err := run(ctx, []string{"user", "list"}, e); err == nil {
		t.Error("the command did not end")
	}
}
