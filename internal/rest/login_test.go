package rest_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/rest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

func credentials(role auth.Role, word string) string {
	return fmt.Sprintf(`{"email":"%s@desk.test","password":%q}`, role, word)
}

// refreshCookie returns the refresh cookie that an answer sets.
func refreshCookie(t *testing.T, a answer) *http.Cookie {
	t.Helper()
	return cookieOf(t, a, "wiredesk_refresh")
}

func cookieOf(t *testing.T, a answer, name string) *http.Cookie {
	t.Helper()
	cookies := a.Result().Cookies()
	i := slices.IndexFunc(cookies, func(c *http.Cookie) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("status %d, cookies %v", a.Code, cookies)
	}
	return cookies[i]
}

func cookie(value string) string { return "Cookie: wiredesk_refresh=" + value }

type signedIn struct {
	AccessToken string
	ExpiresIn   int
}

func TestLogin(t *testing.T) {
	play(t, newDesk(t), []scenario{
		{name: "right", call: "POST /api/auth/login", body: credentials(editor, password), status: 200,
			has: []string{`"expiresIn":900,"user":{"id":2,"email":"editor@desk.test","name":"An editor","role":"editor"}}`, "Cache-Control: no-store"}},
		{name: "e-mail in capitals", call: "POST /api/auth/login", body: `{"email":" Editor@Desk.TEST ","password":"` + password + `"}`, status: 200},
		{name: "wrong password", call: "POST /api/auth/login", body: credentials(editor, "wrong"), status: 401, has: []string{"Incorrect email or password."}, hasNot: []string{"Set-Cookie"}},
		{name: "unknown user", call: "POST /api/auth/login", body: credentials("ghost", password), status: 401, has: []string{"Incorrect email or password."}},
		{name: "no password", call: "POST /api/auth/login", body: `{"email":"a@b.test"}`, status: 422, has: []string{`{"field":"password","message":"Enter a value."}`}},
		{name: "no e-mail", call: "POST /api/auth/login", body: `{"password":"a"}`, status: 422, has: []string{`"field":"email"`}},
		{name: "wrong type", call: "POST /api/auth/login", body: `{"email":1,"password":"a"}`, status: 422, has: []string{`{"field":"email","message":"Use a string."}`}},
		{name: "unknown field", call: "POST /api/auth/login", body: `{"email":"a","password":"a","otp":"1"}`, status: 422, has: []string{`"field":"otp"`}},
		{name: "a list", call: "POST /api/auth/login", body: `["a"]`, status: 400},
		{name: "null", call: "POST /api/auth/login", body: `null`, status: 400},
		{name: "invalid UTF-8", call: "POST /api/auth/login", body: "{\"email\":\"\xff\",\"password\":\"a\"}", status: 400},
		{name: "too large", call: "POST /api/auth/login", body: `{"email":"` + strings.Repeat("a", 16<<10) + `"}`, status: 413, has: []string{"16384 bytes"}},
		{name: "from another site", call: "POST /api/auth/login", header: []string{"Origin: https://evil.test"}, body: credentials(editor, password), status: 403,
			hasNot: []string{"Access-Control-Allow-Origin", "Set-Cookie"}},
		{name: "from the desk", call: "POST /api/auth/login", header: []string{"Origin: " + origin}, body: credentials(editor, password), status: 200,
			has: []string{"Access-Control-Allow-Origin: " + origin, "Access-Control-Allow-Credentials: true"}},
		{name: "me", as: viewer, call: "GET /api/auth/me", status: 200, has: []string{`{"id":3,"email":"viewer@desk.test","name":"An viewer","role":"viewer"}`}},
		{name: "me as nobody", call: "GET /api/auth/me", status: 401},
		{name: "me by another scheme", call: "GET /api/auth/me", header: []string{"Authorization: Basic YTpi"}, status: 401},
		{name: "me with rubbish", call: "GET /api/auth/me", header: []string{"Authorization: Bearer a.b.c"}, status: 401},
	})
}

// The cookies of two desks on one host differ by name, and over TLS no other host can set them.
func TestLogin_cookies(t *testing.T) {
	for origin, want := range map[string]struct {
		refresh, device, path string
		secure                bool
	}{
		"http://desk.test":       {"wiredesk_refresh", "wiredesk_device", "/api/auth", false},
		"http://localhost:3001":  {"wiredesk_refresh_3001", "wiredesk_device_3001", "/api/auth", false},
		"https://desk.test":      {"__Host-wiredesk_refresh", "__Host-wiredesk_device", "/", true},
		"https://desk.test:8443": {"__Host-wiredesk_refresh_8443", "__Host-wiredesk_device_8443", "/", true},
	} {
		d := newDesk(t, func(cfg *rest.Config) { cfg.Origin = origin })
		a := d.do(nobody, "POST /api/auth/login", credentials(editor, password))
		for _, name := range []string{want.refresh, want.device} {
			got := cookieOf(t, a, name)
			if !got.HttpOnly || got.SameSite != http.SameSiteStrictMode || got.Path != want.path || got.Domain != "" || got.Secure != want.secure {
				t.Errorf("origin %s: cookie %s", origin, got)
			}
			if left := time.Until(got.Expires); left < 29*24*time.Hour || left > 31*24*time.Hour {
				t.Errorf("cookie %s lives %s", name, left)
			}
		}
		refresh := cookieOf(t, a, want.refresh)
		if a := d.do(nobody, "POST /api/auth/refresh", "", "Origin: "+origin, "Cookie: other=1; "+refresh.Name+"="+refresh.Value); a.Code != 200 || cookieOf(t, a, want.refresh).Value == refresh.Value {
			t.Errorf("origin %s: refresh answers %d", origin, a.Code)
		}
	}
}

func TestLogin_disabledUser(t *testing.T) {
	d := newDesk(t)
	tokens := d.signIn(editor)
	yes := true
	_, err := d.auth.UpdateUser(t.Context(), d.actor(admin), d.users[editor].ID, auth.UserChange{Disabled: &yes})
	testkit.Must(t, err)
	play(t, d, []scenario{
		{name: "login", call: "POST /api/auth/login", body: credentials(editor, password), status: 403, has: []string{"Your account is disabled. Ask an administrator."}, hasNot: []string{"Set-Cookie"}},
		{name: "login with a wrong password", call: "POST /api/auth/login", body: credentials(editor, "wrong"), status: 401, has: []string{"Incorrect email or password."}},
		{name: "token", as: editor, call: "GET /api/posts", status: 401},
		{name: "refresh", call: "POST /api/auth/refresh", header: []string{cookie(tokens.Refresh)}, status: 401, has: []string{"Your account is disabled."}},
		{name: "refresh with another secret", call: "POST /api/auth/refresh", header: []string{cookie(tokens.Refresh + "x")}, status: 401, hasNot: []string{"disabled"}},
	})
}

func TestLogin_isLimited(t *testing.T) {
	d := newDesk(t)
	for range 10 {
		if a := d.do(nobody, "POST /api/auth/login", credentials(editor, "wrong")); a.Code != 401 {
			t.Fatalf("status %d before the limit", a.Code)
		}
	}
	a := d.do(nobody, "POST /api/auth/login", credentials(editor, password)) // even the right one
	if wait, err := strconv.Atoi(a.Header().Get("Retry-After")); a.Code != 429 || err != nil || wait < 1 || wait > 30 ||
		!strings.Contains(a.body, fmt.Sprintf(`"detail":"Too many attempts. Try again in %d seconds."`, wait)) {
		t.Errorf("status %d, Retry-After %q", a.Code, a.Header().Get("Retry-After"))
	}
	if a := d.do(editor, "POST /api/auth/password", `{"current":"wrong","next":"another password"}`); a.Code != 429 {
		t.Errorf("guessing the current password: status %d, want 429", a.Code)
	}
	if a := d.do(nobody, "POST /api/auth/login", credentials(viewer, password)); a.Code != 200 {
		t.Errorf("another account: status %d, want 200", a.Code)
	}
}

func TestLogin_believesOnlyTrustedProxies(t *testing.T) {
	d := newDesk(t)
	address := regexp.MustCompile(`msg="sign-in failed" address=(\S+)`)
	for _, c := range []struct{ remote, forwarded, want string }{
		{"203.0.113.9:1234", "", "203.0.113.9"},
		{"203.0.113.9:1234", "198.51.100.1", "203.0.113.9"}, // every client can send this
		{"10.1.2.3:1234", "", "10.1.2.3"},
		{"10.1.2.3:1234", "198.51.100.1", "198.51.100.1"},
		{"10.1.2.3:1234", "192.0.2.66, 198.51.100.1", "198.51.100.1"}, // the first was written by the client
		{"10.1.2.3:1234", "192.0.2.66, 198.51.100.1, 10.9.9.9", "198.51.100.1"},
		{"10.1.2.3:1234", "10.8.8.8,10.9.9.9", "10.8.8.8"},
		{"[fd00::1]:1234", "2001:db8::7", "2001:db8::7"},
		{"[::ffff:10.1.2.3]:1234", "198.51.100.1", "198.51.100.1"},
		{"10.1.2.3:1234", " , ,198.51.100.1", "198.51.100.1"},
		{"10.1.2.3:1234", "198.51.100.1:40001", "198.51.100.1"},
		{"10.1.2.3:1234", "[2001:db8::7]:443", "2001:db8::7"},
		{"10.1.2.3:1234", "[2001:db8::7]", "2001:db8::7"},
		{"10.1.2.3:1234", `"[2001:db8::7]:443"`, "2001:db8::7"},
		{"10.1.2.3:1234", "2001:db8::7%eth0", "2001:db8::7"},
		{"10.1.2.3:1234", "::ffff:198.51.100.1", "198.51.100.1"},
		{"10.1.2.3:1234", "198.51.100.1:5, 10.9.9.9:5001", "198.51.100.1"}, // the trusted hop has a port, too
		{"10.1.2.3:1234", "198.51.100.1, [::ffff:10.9.9.9]:5001", "198.51.100.1"},
		{"10.1.2.3:1234", "unknown", "10.1.2.3"}, // an entry that is no address counts as the connection
		{"10.1.2.3:1234", "_hidden:77, 10.9.9.9", "10.1.2.3"},
		{"10.1.2.3:1234", "198.51.100.1:x", "10.1.2.3"},
		{"[fe80::1%eth0]:1234", "198.51.100.1", "fe80::1"},
	} {
		body := credentials("ghost-"+auth.Role(strconv.Itoa(len(d.log.String()))), "wrong")
		req := httptest.NewRequest("POST", "/api/auth/login", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.RemoteAddr = c.remote
		if c.forwarded != "" {
			req.Header.Set("X-Forwarded-For", c.forwarded)
		}
		d.send(req, body)
		found := address.FindAllStringSubmatch(d.log.String(), -1)
		if len(found) == 0 || strings.Trim(found[len(found)-1][1], `"`) != c.want {
			t.Errorf("from %s for %q: the address is %v, want %s", c.remote, c.forwarded, found[len(found)-1:], c.want)
		}
	}
}

// A gateway that writes the port of each connection, or a client that changes the written
// form, makes no new network of an address.
func TestLogin_oneLimitForAnAddress(t *testing.T) {
	d := newDesk(t)
	body := credentials(editor, "wrong")
	try := func(forwarded string) int {
		req := d.request(nobody, "POST /api/auth/login", body, "X-Forwarded-For: "+forwarded)
		req.RemoteAddr = "10.1.2.3:1234"
		return d.send(req, body).Code
	}
	for name, form := range map[string]func(i int) string{
		"port":         func(i int) string { return fmt.Sprintf("198.51.100.1:%d", 40_000+i) },
		"IPv6 port":    func(i int) string { return fmt.Sprintf("[2001:db8::7]:%d", 40_000+i) },
		"IPv6 host":    func(i int) string { return fmt.Sprintf("2001:db8:1::%x", i) },
		"zone":         func(i int) string { return fmt.Sprintf("2001:db8:2::7%%eth%d", i) },
		"no addresses": func(i int) string { return fmt.Sprintf("junk%d", i) },
	} {
		for i := range 10 {
			if code := try(form(i)); code != 401 {
				t.Errorf("%s: status %d within the burst", name, code)
			}
		}
		if code := try(form(11)); code != 429 {
			t.Errorf("%s: status %d after the burst, want 429", name, code)
		}
	}
}

// A browser that signed in before is not locked out by the failures of others, not even of
// those at its own address. Another account's cookie, and a forged one, do not help.
func TestLogin_knownBrowser(t *testing.T) {
	d := newDesk(t)
	send := func(role auth.Role, word, remote, device string) answer {
		body := credentials(role, word)
		req := d.request(nobody, "POST /api/auth/login", body)
		req.RemoteAddr = remote
		if device != "" {
			req.Header.Set("Cookie", device)
		}
		return d.send(req, body)
	}
	device := func(a answer) string {
		c := cookieOf(t, a, "wiredesk_device")
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/api/auth" || time.Until(c.Expires) < 29*24*time.Hour {
			t.Errorf("device cookie %s", c)
		}
		return c.Name + "=" + c.Value
	}
	mine := device(send(editor, password, "203.0.113.1:1", ""))
	others := device(send(viewer, password, "203.0.113.2:1", ""))
	for range 10 {
		send(editor, "wrong", "203.0.113.9:1", "")
	}
	for _, c := range []struct {
		name, device string
		status       int
	}{
		{"no cookie", "", 429}, {"another account's", others, 429}, {"forged", mine + "x", 429}, {"rubbish", "wiredesk_device=~~~~~~", 429}, {"its own", mine, 200},
	} {
		if a := send(editor, password, "203.0.113.9:1", c.device); a.Code != c.status {
			t.Errorf("%s: status %d, want %d", c.name, a.Code, c.status)
		}
	}
	both := device(send(viewer, password, "203.0.113.2:1", mine)) // one browser, two accounts
	for range 10 {
		send(editor, "wrong", "203.0.113.10:1", "")
	}
	if a := send(editor, password, "203.0.113.10:1", both); a.Code != 200 {
		t.Errorf("after a second account: status %d", a.Code)
	}
	for range 10 {
		send(editor, "wrong", "203.0.113.11:1", mine)
	}
	if a := send(editor, password, "203.0.113.11:1", mine); a.Code != 429 {
		t.Errorf("a known browser guesses without a limit: status %d", a.Code)
	}
}

func TestRefresh_rotatesAndEndsWhenReused(t *testing.T) {
	synctest.Test(t, refreshRotatesAndEndsWhenReused)
}

func refreshRotatesAndEndsWhenReused(t *testing.T) {
	d := newDesk(t)
	first := d.signIn(editor)
	a := d.do(nobody, "POST /api/auth/refresh", "", cookie(first.Refresh), "Origin: "+origin)
	second := refreshCookie(t, a)
	tokens, err := decode[signedIn](a)
	testkit.Must(t, err)
	if a.Code != 200 || second.Value == first.Refresh || tokens.ExpiresIn != 900 {
		t.Fatalf("refresh: %d %s", a.Code, a.text())
	}
	bearer := "Authorization: Bearer " + tokens.AccessToken
	if a := d.do(nobody, "GET /api/auth/me", "", bearer); a.Code != 200 {
		t.Errorf("the new access token: status %d", a.Code)
	}
	time.Sleep(30 * time.Second)
	a = d.do(nobody, "POST /api/auth/refresh", "", cookie(first.Refresh))
	if again := refreshCookie(t, a); a.Code != 200 || again.Value != second.Value {
		t.Errorf("the first refresh token after 30 s: %d, cookie %s, want its successor", a.Code, again)
	}
	time.Sleep(time.Millisecond)
	a = d.do(nobody, "POST /api/auth/refresh", "", cookie(first.Refresh))
	if gone := refreshCookie(t, a); a.Code != 401 || gone.Value != "" || gone.Expires.After(time.Now()) || gone.Path != "/api/auth" {
		t.Errorf("the first refresh token again: %d, cookie %s", a.Code, gone)
	}
	if a := d.do(nobody, "POST /api/auth/refresh", "", cookie(second.Value)); a.Code != 401 {
		t.Errorf("the second refresh token after the reuse: status %d, want 401", a.Code)
	}
	if a := d.do(nobody, "GET /api/auth/me", "", bearer); a.Code != 401 {
		t.Errorf("the access token after the reuse: status %d, want 401", a.Code)
	}
	if a := d.do(editor, "GET /api/auth/me", ""); a.Code != 200 {
		t.Errorf("the user's other session: status %d, want 200", a.Code)
	}
}

func TestRefresh_refuses(t *testing.T) {
	d := newDesk(t)
	tokens := d.signIn(editor)
	id, _, _ := strings.Cut(tokens.Refresh, ".")
	play(t, d, []scenario{
		{name: "no cookie", call: "POST /api/auth/refresh", status: 401},
		{name: "rubbish", call: "POST /api/auth/refresh", header: []string{cookie("rubbish")}, status: 401, hasNot: []string{"Set-Cookie"}},
		{name: "a guess for a known session", call: "POST /api/auth/refresh", header: []string{cookie(id + ".bogus")}, status: 401, hasNot: []string{"Set-Cookie"}},
		{name: "another's secret", call: "POST /api/auth/refresh", header: []string{cookie("a." + tokens.Refresh)}, status: 401},
		{name: "from another site", call: "POST /api/auth/refresh", header: []string{cookie(tokens.Refresh), "Origin: https://evil.test"}, status: 403, hasNot: []string{"Set-Cookie"}},
		{name: "from a sandbox", call: "POST /api/auth/refresh", header: []string{cookie(tokens.Refresh), "Origin: null"}, status: 403},
		{name: "with a bearer only", as: editor, call: "POST /api/auth/refresh", status: 401},
		{name: "still good after all that", call: "POST /api/auth/refresh", header: []string{cookie(tokens.Refresh)}, status: 200},
	})
}

func TestLogout(t *testing.T) {
	d := newDesk(t)
	expired, err := auth.NewService(d.store, auth.Config{Secret: []byte(secret), AccessTTL: -time.Minute, Logger: slog.New(slog.DiscardHandler)})
	testkit.Must(t, err)
	late, err := expired.OpenSession(t.Context(), "editor@desk.test", "a browser that slept")
	testkit.Must(t, err)
	both, bearerOnly, cookieOnly := d.signIn(editor), d.signIn(editor), d.signIn(editor)
	foreign := d.signIn(editor)
	bearer := func(token string) string { return "Authorization: Bearer " + token }
	out := func(name string, status int, header ...string) scenario {
		return scenario{name: name, call: "POST /api/auth/logout", header: header, status: status}
	}
	play(t, d, []scenario{
		{name: "the expired token is expired", call: "GET /api/auth/me", header: []string{bearer(late.Access)}, status: 401},
		out("expired token and cookie", 204, bearer(late.Access), cookie(late.Refresh)),
		out("token and cookie", 204, bearer(both.Access), cookie(both.Refresh)),
		out("token", 204, bearer(bearerOnly.Access)),
		out("cookie", 204, cookie(cookieOnly.Refresh)),
		out("expired token only", 401, bearer(late.Access)),
		out("nothing", 401),
		out("rubbish", 401, cookie("a.b")),
		out("from another site", 403, cookie(foreign.Refresh), "Origin: https://evil.test"),
	})
	for name, tokens := range map[string]auth.Tokens{"late": late, "both": both, "bearer": bearerOnly, "cookie": cookieOnly} {
		if a := d.do(nobody, "POST /api/auth/refresh", "", cookie(tokens.Refresh)); a.Code != 401 {
			t.Errorf("%s: the session lives on: status %d", name, a.Code)
		}
	}
	if a := d.do(nobody, "POST /api/auth/refresh", "", cookie(foreign.Refresh)); a.Code != 200 {
		t.Errorf("another site ended a session: status %d", a.Code)
	}
	a := d.do(editor, "POST /api/auth/logout", "")
	if gone := refreshCookie(t, a); gone.Value != "" || gone.Expires.After(time.Now()) || gone.Path != "/api/auth" || !gone.HttpOnly {
		t.Errorf("the cookie after logout: %s", gone)
	}
	if a := d.do(editor, "GET /api/auth/me", ""); a.Code != 401 {
		t.Errorf("the token after logout: status %d, want 401", a.Code)
	}
}

func TestPassword_change(t *testing.T) {
	d := newDesk(t)
	other := d.signIn(editor)
	play(t, d, []scenario{
		{name: "wrong current", as: editor, call: "POST /api/auth/password", body: `{"current":"wrong","next":"another password"}`, status: 422, has: []string{`"field":"current"`}},
		{name: "too short", as: editor, call: "POST /api/auth/password", body: `{"current":"` + password + `","next":"short"}`, status: 422, has: []string{`"field":"next"`}, hasNot: []string{`"short"`}},
		{name: "empty", as: editor, call: "POST /api/auth/password", body: `{}`, status: 422},
		{name: "broken", as: editor, call: "POST /api/auth/password", body: `{`, status: 400},
		{name: "too large", as: editor, call: "POST /api/auth/password", body: strings.Repeat(" ", 20_000), status: 413},
		{name: "as nobody", call: "POST /api/auth/password", body: `{}`, status: 401},
		{name: "right", as: editor, call: "POST /api/auth/password", body: `{"current":"` + password + `","next":"another password"}`, status: 204},
		{name: "this session stays", as: editor, call: "GET /api/auth/me", status: 200},
		{name: "the others end", call: "POST /api/auth/refresh", header: []string{cookie(other.Refresh)}, status: 401},
		{name: "the old one is refused", call: "POST /api/auth/login", body: credentials(editor, password), status: 401},
		{name: "the new one is taken", call: "POST /api/auth/login", body: credentials(editor, "another password"), status: 200},
	})
}

func TestLog_holdsNoSecret(t *testing.T) {
	d := newDesk(t)
	a := d.do(nobody, "POST /api/auth/login", credentials(editor, password))
	tokens, err := decode[signedIn](a)
	testkit.Must(t, err)
	refresh := refreshCookie(t, a).Value
	d.do(nobody, "POST /api/auth/login", credentials(editor, "a wrong word"))
	d.do(nobody, "GET /api/auth/me", "", "Authorization: Bearer "+tokens.AccessToken+"x")
	d.do(nobody, "POST /api/auth/refresh", "", cookie(refresh))
	d.do(nobody, "POST /api/auth/refresh", "", cookie(refresh))
	d.do(editor, "POST /api/auth/password", `{"current":"`+password+`","next":"another password"}`)
	d.do(admin, "POST /api/users", `{"email":"a@desk.test","name":"A","role":"viewer","password":"`+password+`"}`)
	d.do(admin, "PATCH /api/users/3", `{"password":"yet another word"}`)
	for _, word := range []string{password, "a wrong word", "another password", "yet another word", tokens.AccessToken, refresh, secret, "argon2id"} {
		if strings.Contains(d.log.String(), word) {
			t.Errorf("the log holds %q", word)
		}
	}
}
