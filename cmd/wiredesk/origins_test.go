package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

func TestConfig_severalOrigins(t *testing.T) {
	for list, want := range map[string][]string{
		"https://desk.test": {"https://desk.test"},
		" https://Desk.Test:443/ , https://bücher.example,https://app.test:8443,": {"https://desk.test", "https://xn--bcher-kva.example", "https://app.test:8443"},
		"http://localhost:3000,http://127.0.0.1:3000,http://[::1]:3000":           {"http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"},
	} {
		e, _, _ := tool("", map[string]string{"DATA_DIR": t.TempDir(), "FRONTEND_URL": list})
		c, err := e.config()
		if got := append([]string{c.origin}, c.otherOrigins...); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: origins %q, error %v, want %q", list, got, err, want)
		}
	}
	long := make([]string, maxOrigins+1)
	for i := range long {
		long[i] = fmt.Sprintf("https://app-%d.test", i)
	}
	for list, want := range map[string]string{
		"https://desk.test,https://app.test,https://DESK.test:443": `"https://DESK.test:443" is an origin that the list has already, https://desk.test`,
		"https://bücher.example,https://xn--bcher-kva.example":     `"https://xn--bcher-kva.example" is an origin that the list has already`,
		"https://desk.test,app.test":                               `"app.test" must be an origin`,
		"https://desk.test,https://app.test/editor":                `"https://app.test/editor" must be an origin`,
		"https://desk.test https://app.test":                       "must be an origin",
		"https://desk.test;https://app.test":                       "must be an origin",
		"https://desk.test,http://app.test":                        `"http://app.test" has another scheme than https://desk.test`,
		"http://desk.test,https://app.test":                        `"https://app.test" has another scheme than http://desk.test`,
		"https://desk.test,http://localhost:5173":                  `"http://localhost:5173" has another scheme`,
		"https://desk.test,null":                                   `"null" must be an origin`,
		"https://desk.test,*":                                      `"*" must be an origin`,
		strings.Join(long, ","):                                    `"https://app-100.test" is one origin too many`,
	} {
		e, _, _ := tool("", map[string]string{"DATA_DIR": t.TempDir(), "FRONTEND_URL": list})
		if _, err := e.config(); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "FRONTEND_URL=") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60s: %v, want %s", list, err, want)
		}
	}
}

// All origins may sign in, refresh, read answers and open the socket; the first one is the dashboard's.
func TestServe_severalOrigins(t *testing.T) {
	const first, second, foreign = "https://desk.test", "https://xn--bcher-kva.example", "https://evil.test"
	p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord, "FRONTEND_URL": first + ":443/, https://Bücher.example"})
	if out := p.out.String(); !strings.Contains(out, first+"\n") || strings.Contains(out, second) {
		t.Errorf("the address is printed as %s", out)
	}
	credentials := fmt.Sprintf(`{"email":"admin@localhost","password":%q}`, testWord)
	var token string
	for _, origin := range []string{first, second, foreign} {
		own, status, allowed := origin != foreign, 200, origin
		if !own {
			status, allowed = 403, ""
		}
		preflight := p.call("OPTIONS /api/posts/1", "", "Origin: "+origin, "Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: authorization,if-match")
		login := p.call("POST /api/auth/login", credentials, "Origin: "+origin)
		for name, r := range map[string]reply{"preflight": preflight, "login": login} {
			if got := r.header.Get("Access-Control-Allow-Origin"); got != allowed || (r.header.Get("Access-Control-Allow-Credentials") == "true") != own || !slices.Contains(r.header.Values("Vary"), "Origin") {
				t.Errorf("%s from %s: %q %v", name, origin, got, r.header)
			}
		}
		if login.status != status || login.header.Get("Strict-Transport-Security") == "" {
			t.Errorf("login from %s: status %d %s", origin, login.status, login.body)
		}
		if !own {
			continue
		}
		cookies := strings.Join(login.header.Values("Set-Cookie"), "\n")
		_, cookie, found := strings.Cut(cookies, "__Host-wiredesk_refresh=")
		if !found || !strings.Contains(cookie, "; Secure") {
			t.Errorf("cookies for %s: %s", origin, cookies)
		}
		cookie, _, _ = strings.Cut("__Host-wiredesk_refresh="+cookie, ";")
		refresh := p.call("POST /api/auth/refresh", "", "Origin: "+origin, "Cookie: "+cookie)
		if refresh.status != 200 || refresh.header.Get("Access-Control-Allow-Origin") != origin {
			t.Errorf("refresh from %s: status %d %v", origin, refresh.status, refresh.header)
		}
		_, token, _ = strings.Cut(login.body, `"accessToken":"`)
		token, _, _ = strings.Cut(token, `"`)
	}
	for origin, want := range map[string]int{first: 101, second: 101, foreign: 403, second + ":8443": 403} {
		if got := p.handshake(token, origin); got != want {
			t.Errorf("the socket from %s: status %d, want %d", origin, got, want)
		}
	}
	page := p.call("GET /", "")
	if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "connect-src 'self' wss://desk.test;") {
		t.Errorf("policy %s", policy)
	}
	if !strings.Contains(page.body, `content="`+first+" "+second+`"`) {
		t.Errorf("the page does not name its origins: %s", page.body)
	}
}

// handshake returns the status that a WebSocket handshake from an origin is answered with.
func (p *process) handshake(token, origin string) int {
	p.Helper()
	req, err := http.NewRequest("GET", "http://"+p.host+"/ws", nil)
	testkit.Must(p, err)
	req.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Authorization": {"Bearer " + token}, "Origin": {origin}}
	res, err := p.http.Transport.RoundTrip(req)
	testkit.Must(p, err)
	res.Body.Close()
	return res.StatusCode
}
