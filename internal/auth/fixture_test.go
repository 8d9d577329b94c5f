package auth_test

import (
	"context"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/test/services"
)

const (
	secret   = "0123456789abcdef0123456789abcdef"
	password = "correct horse"
	address  = "192.0.2.1"
)

// onBoth runs a test on SQLite, and on MariaDB if it is running.
func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite://"+filepath.Join(t.TempDir(), "wiredesk.db")) })
	if services.Running() {
		t.Run("mysql", func(t *testing.T) { test(t, services.MySQL(t)) })
	}
}

func openStore(t *testing.T, path string) *sqlstore.Store { return openURL(t, "sqlite://"+path) }

// openURL opens the database and runs its writer until the test ends.
func openURL(t *testing.T, url string) *sqlstore.Store {
	t.Helper()
	return openConfig(t, sqlstore.Config{URL: url})
}

func openConfig(t *testing.T, cfg sqlstore.Config) *sqlstore.Store {
	t.Helper()
	cfg.Logger = slog.New(slog.DiscardHandler)
	store, err := sqlstore.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- store.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		store.Close()
	})
	return store
}

// fixture is a Service over a SQLite file. Its methods fail the test on an unexpected result.
type fixture struct {
	*auth.Service
	t     *testing.T
	path  string
	admin auth.User
}

// newFixture returns a service over a new database with one admin, ana@example.org.
func newFixture(t *testing.T, cfg auth.Config) fixture {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	d := newDeskAt(t, "sqlite://"+path, cfg)
	d.path = path
	return d
}

// newDeskAt is newFixture with the database at url.
func newDeskAt(t *testing.T, url string, cfg auth.Config) fixture {
	t.Helper()
	d := fixture{t: t, Service: service(t, openURL(t, url), cfg)}
	d.admin = d.add("ana@example.org", auth.Admin)
	return d
}

func service(t *testing.T, store auth.Store, cfg auth.Config) *auth.Service {
	t.Helper()
	if cfg.Secret == nil {
		cfg.Secret = []byte(secret)
	}
	cfg.Logger = slog.New(slog.DiscardHandler)
	s, err := auth.NewService(store, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d fixture) add(email string, role auth.Role) auth.User {
	d.t.Helper()
	name, _, _ := strings.Cut(email, "@")
	u, err := d.CreateUser(d.t.Context(), auth.System, auth.NewUser{Email: email, Name: name, Role: role, Password: password})
	if err != nil {
		d.t.Fatal(err)
	}
	return u
}

// from is a client at an address.
func from(address string) auth.Client {
	return auth.Client{Address: netip.MustParseAddr(address), UserAgent: "test"}
}

func (d fixture) login(email string) auth.Tokens {
	d.t.Helper()
	tokens, err := d.Login(d.t.Context(), email, password, from(address))
	if err != nil {
		d.t.Fatal(err)
	}
	return tokens
}

func (d fixture) actor(tokens auth.Tokens) auth.Actor {
	d.t.Helper()
	grant, err := d.Verify(d.t.Context(), tokens.Access)
	if err != nil {
		d.t.Fatal(err)
	}
	return grant.Actor
}

func wantKind(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind {
		t.Errorf("%s: error %v, want kind %d", what, err, kind)
	}
}

func wantOK(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
}
