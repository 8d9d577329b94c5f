package auth_test

import (
	"context"
	"encoding/base64"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

func TestLogin(t *testing.T) {
	d := newFixture(t, auth.Config{})
	tokens, err := d.Login(t.Context(), " Ana@Example.org ", password, from(address))
	wantOK(t, "another case and spaces", err)
	if grant, err := d.Verify(t.Context(), tokens.Access); err != nil || grant.Actor.Email != "ana@example.org" || grant.Actor.Role != auth.Admin {
		t.Errorf("grant %+v, error %v", grant, err)
	}
	if tokens.AccessTTL != 15*time.Minute {
		t.Errorf("access tokens live %v", tokens.AccessTTL)
	}
	disabled := d.add("dora@example.org", auth.Editor)
	off := true
	_, err = d.UpdateUser(t.Context(), auth.System, disabled.ID, auth.UserChange{Disabled: &off})
	wantOK(t, "disable", err)
	var texts []string
	for _, try := range [][2]string{{"ana@example.org", "wrong"}, {"nobody@example.org", password}, {"dora@example.org", "wrong"}} {
		_, err := d.Login(t.Context(), try[0], try[1], from(address))
		wantKind(t, try[0], err, fault.Unauthorized)
		texts = append(texts, err.Error())
	}
	if texts[0] != texts[1] || texts[0] != texts[2] {
		t.Errorf("the refusals differ, so they tell who has an account: %q", texts)
	}
	_, err = d.Login(t.Context(), "dora@example.org", password, from(address))
	if wantKind(t, "disabled", err, fault.Forbidden); err != nil && err.Error() != "Your account is disabled. Ask an administrator." {
		t.Errorf("disabled: %v", err)
	}
}

func TestLogin_isLimited(t *testing.T) {
	d := newFixture(t, auth.Config{})
	for range 12 {
		d.login("ana@example.org") // successes cost nothing
	}
	wrong := func(email, address string) error {
		_, err := d.Login(t.Context(), email, "wrong", from(address))
		return err
	}
	for range 10 {
		wantKind(t, "one of the first ten", wrong("ana@example.org", address), fault.Unauthorized)
	}
	_, err := d.Login(t.Context(), "ana@example.org", password, from(address))
	wantKind(t, "the account from there", err, fault.TooMany)
	if f, ok := err.(*fault.Error); !ok || f.RetryAfter <= 0 || f.RetryAfter > time.Minute {
		t.Errorf("it must say how long to wait: %v", err)
	}
	_, err = d.Login(t.Context(), "ana@example.org", password, from("192.0.2.99"))
	wantOK(t, "its owner from elsewhere", err)
}

func TestLogout(t *testing.T) {
	d := newFixture(t, auth.Config{})
	byAccess, byCookie, other := d.login("ana@example.org"), d.login("ana@example.org"), d.login("ana@example.org")
	wantOK(t, "by access token", d.Logout(t.Context(), byAccess.Access, ""))
	wantOK(t, "by refresh token", d.Logout(t.Context(), "expired", byCookie.Refresh))
	wantKind(t, "by nothing", d.Logout(t.Context(), "", ""), fault.Unauthorized)
	id, _, _ := strings.Cut(other.Refresh, ".")
	wantKind(t, "by a guessed refresh token", d.Logout(t.Context(), "", id+".guess"), fault.Unauthorized)
	for _, tokens := range []auth.Tokens{byAccess, byCookie} {
		_, err := d.Verify(t.Context(), tokens.Access)
		wantKind(t, "verify after logout", err, fault.Unauthorized)
	}
	_, err := d.Verify(t.Context(), other.Access)
	wantOK(t, "another session", err)
}

func TestSessions(t *testing.T) {
	d := newFixture(t, auth.Config{})
	d.add("ben@example.org", auth.Editor)
	one, two, bens := d.login("ana@example.org"), d.login("ana@example.org"), d.login("ben@example.org")
	ana := d.actor(one)
	sessions, err := d.Sessions(t.Context(), ana)
	if err != nil || len(sessions) != 2 {
		t.Fatalf("sessions %+v, error %v", sessions, err)
	}
	wantKind(t, "another user's session", d.RevokeSession(t.Context(), ana, d.actor(bens).SessionID), fault.NotFound)
	wantOK(t, "own session", d.RevokeSession(t.Context(), ana, d.actor(two).SessionID))
	_, err = d.Verify(t.Context(), two.Access)
	wantKind(t, "the revoked one", err, fault.Unauthorized)
	_, err = d.Verify(t.Context(), bens.Access)
	wantOK(t, "the other user's", err)
}

func TestVerify_refusesForgedTokens(t *testing.T) {
	d := newFixture(t, auth.Config{})
	good := d.login("ana@example.org").Access
	parts := strings.Split(good, ".")
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	head := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	parsed, _, err := jwt.NewParser().ParseUnverified(good, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	sign := func(change func(jwt.MapClaims), key string) string {
		claims := jwt.MapClaims{}
		for k, v := range parsed.Claims.(jwt.MapClaims) {
			claims[k] = v
		}
		change(claims)
		token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
		token.Header["kid"] = parsed.Header["kid"]
		signed, err := token.SignedString([]byte(key))
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	_, err = d.Verify(t.Context(), sign(func(jwt.MapClaims) {}, secret))
	wantOK(t, "signed as we do", err)
	for name, token := range map[string]string{
		"empty":           "",
		"none":            head(`{"alg":"none"}`) + "." + parts[1] + ".",
		"changed payload": parts[0] + "." + head(strings.Replace(string(payload), `"1"`, `"2"`, 1)) + "." + parts[2],
		"another key":     sign(func(jwt.MapClaims) {}, "another secret of thirty-two bytes"),
		"expired":         sign(func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Second).Unix() }, secret),
		"without end":     sign(func(c jwt.MapClaims) { delete(c, "exp") }, secret),
		"other audience":  sign(func(c jwt.MapClaims) { c["aud"] = "else" }, secret),
		"other issuer":    sign(func(c jwt.MapClaims) { c["iss"] = "else" }, secret),
		"unknown session": sign(func(c jwt.MapClaims) { c["sid"] = "AAAA" }, secret),
	} {
		_, err := d.Verify(t.Context(), token)
		wantKind(t, name, err, fault.Unauthorized)
	}
}

func TestVerify_acceptsThePreviousSecret(t *testing.T) {
	d := newFixture(t, auth.Config{})
	token := d.login("ana@example.org").Access
	next := []byte("fedcba9876543210fedcba9876543210")
	renewed := service(t, openStore(t, d.path), auth.Config{Secret: next, PreviousSecret: []byte(secret)})
	_, err := renewed.Verify(t.Context(), token)
	wantOK(t, "with the previous secret", err)
	_, err = service(t, openStore(t, d.path), auth.Config{Secret: next}).Verify(t.Context(), token)
	wantKind(t, "without it", err, fault.Unauthorized)
	if _, err := auth.NewService(nil, auth.Config{Secret: []byte("short")}); err == nil {
		t.Error("a short secret is accepted")
	}
}

func TestOpenSession(t *testing.T) {
	d := newFixture(t, auth.Config{})
	tokens, err := d.OpenSession(t.Context(), "", "tail")
	if err != nil || d.actor(tokens).Email != "ana@example.org" {
		t.Errorf("the first admin's: %+v, error %v", tokens.User, err)
	}
	_, err = d.OpenSession(t.Context(), "nobody@example.org", "tail")
	wantKind(t, "unknown", err, fault.NotFound)
	off := true
	_, err = d.UpdateUser(t.Context(), auth.System, d.add("dora@example.org", auth.Editor).ID, auth.UserChange{Disabled: &off})
	wantOK(t, "disable", err)
	_, err = d.OpenSession(t.Context(), "dora@example.org", "tail")
	wantKind(t, "disabled", err, fault.Forbidden)
}

// Run detects a revocation by another process, empties the cache and calls the function of OnChange.
func TestRun_detectsOtherProcesses(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "wiredesk.db")
	d := fixture{t: t, Service: service(t, openConfig(t, sqlstore.Config{URL: url, Watch: true}), auth.Config{})}
	d.add("ana@example.org", auth.Admin)
	other := service(t, openURL(t, url), auth.Config{})
	notified := make(chan struct{}, 16)
	d.OnChange(func() { notified <- struct{}{} })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	<-notified // it begins with knowing nothing

	tokens := d.login("ana@example.org")
	actor := d.actor(tokens)
	wantOK(t, "revoke elsewhere", other.RevokeSession(t.Context(), actor, actor.SessionID))
	select {
	case <-notified:
	case <-time.After(5 * time.Second):
		t.Fatal("not noticed")
	}
	_, err := d.Verify(t.Context(), tokens.Access)
	wantKind(t, "verify here", err, fault.Unauthorized)
	cancel()
	wantOK(t, "Run", <-done)
}

// slowStore holds its first read of a session between the query and the answer.
type slowStore struct {
	auth.Store
	first      sync.Once
	read, goOn chan struct{}
}

func (s *slowStore) Session(ctx context.Context, id string) (auth.Session, auth.User, error) {
	session, u, err := s.Store.Session(ctx, id)
	s.first.Do(func() {
		close(s.read)
		<-s.goOn
	})
	return session, u, err
}

// 1. Verify reads the live session. 2. The session is revoked, and the cache is emptied. 3. Verify
// continues: its read is older than the revocation and must not be cached.
func TestVerify_cachesNoReadBeforeARevocation(t *testing.T) {
	d := newFixture(t, auth.Config{})
	tokens := d.login("ana@example.org")
	store := &slowStore{Store: openStore(t, d.path), read: make(chan struct{}), goOn: make(chan struct{})}
	s := service(t, store, auth.Config{})
	verified := make(chan struct{})
	go func() {
		defer close(verified)
		s.Verify(context.Background(), tokens.Access)
	}()
	<-store.read
	off := true
	d.add("second@example.org", auth.Admin)
	_, err := s.UpdateUser(t.Context(), auth.System, d.admin.ID, auth.UserChange{Disabled: &off})
	wantOK(t, "disable", err)
	close(store.goOn)
	<-verified
	_, err = s.Verify(t.Context(), tokens.Access)
	wantKind(t, "verify after the revocation", err, fault.Unauthorized)
}
