package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

// desk is the database and the services over it: what every verb needs that works on
// the data itself. The server and such verbs may run at the same time.
type desk struct {
	store *sqlstore.Store
	auth  *auth.Service
	posts *post.Service

	secret []byte // that access tokens and records are signed with; nil: not known
	stop   func() // ends the writer and closes the database
}

// storeHooks are called by the store; nil ones are not.
type storeHooks struct {
	onCommit  func([]event.Event)
	startSpan func(context.Context) (context.Context, func(error))
}

// openDesk opens the database and starts its writer. Stop it when done. audit gets the lines about accounts and sessions.
func openDesk(ctx context.Context, cfg config, log, audit *slog.Logger, reg prometheus.Registerer, hooks storeHooks) (*desk, error) {
	store, err := sqlstore.Open(ctx, sqlstore.Config{URL: cfg.databaseURL, Logger: log, Registerer: reg, OnCommit: hooks.onCommit, StartSpan: hooks.startSpan, Yield: cfg.yields, ReadOnly: cfg.readOnly})
	if err != nil {
		return nil, err
	}
	secret, err := cfg.secret()
	if err != nil {
		store.Close()
		return nil, err
	}
	signing := secret
	if signing == nil {
		signing = []byte(rand.Text() + rand.Text())
	}
	authn, err := auth.NewService(store, auth.Config{Secret: signing, PreviousSecret: []byte(cfg.jwtPrevious), AccessTTL: cfg.accessTTL, Host: cfg.host(), Logger: audit, Registerer: reg})
	if err != nil {
		store.Close()
		return nil, err
	}
	writer := start("database", store.Run, func(err error) { log.Error("database writer failed", "error", err) })
	return &desk{store: store, auth: authn, posts: post.NewService(store), secret: secret, stop: func() {
		writer.stop()
		if err := store.Close(); err != nil {
			log.Error("closing the database", "error", err)
		}
	}}, nil
}

// kafka returns how to reach the topic, and how this installation's records look.
func (d *desk) kafka(cfg config) kafka.Config {
	topic := cfg.kafka
	topic.Form = event.Form{Installation: d.store.Installation(), Schemas: cfg.schemas()}
	topic.Secret, topic.PreviousSecret = d.secret, []byte(cfg.jwtPrevious)
	return topic
}

var errNoSecret = errors.New("the secret that records are signed with is not known: set JWT_SECRET, or DATA_DIR, as the servers have it")

// openTool opens the desk for a verb of the command line, which logs warnings, and changes of accounts, only.
func (e env) openTool(ctx context.Context) (*desk, config, error) {
	cfg, err := e.config()
	if err != nil {
		return nil, cfg, err
	}
	return e.open(ctx, cfg)
}

func (e env) open(ctx context.Context, cfg config) (*desk, config, error) {
	audit := cfg.logger(e)
	cfg.yields = true
	cfg.logLevel = max(cfg.logLevel, slog.LevelWarn)
	log := cfg.logger(e)
	cfg.warnUnknown(log)
	d, err := openDesk(ctx, cfg, log, audit, nil, storeHooks{})
	return d, cfg, cfg.nameSetting(err)
}

// openReader is openTool for a verb that only reads: the database may be read-only, and a SQLite file write-protected.
func (e env) openReader(ctx context.Context) (*desk, config, error) {
	cfg, err := e.config()
	if err != nil {
		return nil, cfg, err
	}
	cfg.readOnly = true
	return e.open(ctx, cfg)
}

// openDirectoryTool opens the desk for a verb that works on one directory in somebody's
// name, by way of open. The caller stops the desk.
func (e env) openDirectoryTool(ctx context.Context, verb, usage string, args []string, open func(context.Context) (*desk, config, error)) (d *desk, by auth.Actor, dir string, err error) {
	f := e.flags(verb, usage)
	as := f.String("as", "", "the e-mail of the user in whose name to "+verb+" (default: the first admin)")
	words, err := parseMixed(f.Parse, f.Args, args)
	if err != nil {
		return nil, by, "", err
	}
	if len(words) != 1 {
		f.Usage()
		return nil, by, "", errors.New(verb + " needs one directory")
	}
	d, cfg, err := open(ctx)
	if err != nil {
		return nil, by, "", err
	}
	if !cfg.readOnly {
		err = d.firstAdmin(ctx, cfg)
	}
	if err == nil {
		by, err = d.actor(ctx, *as)
	}
	if err != nil {
		d.stop()
		return nil, by, "", err
	}
	return d, by, words[0], nil
}

// firstAdmin adds the first administrator, as serve does, if ADMIN_PASSWORD is set: serve
// generates a password and prints it, which a command on a directory must not do.
func (d *desk) firstAdmin(ctx context.Context, cfg config) error {
	if cfg.adminPass == "" {
		return nil
	}
	_, err := d.auth.Bootstrap(ctx, cfg.adminEmail, cfg.adminPass)
	return err
}

// actor returns the user with that e-mail, or the first admin, as who acts on the command line.
func (d *desk) actor(ctx context.Context, email string) (auth.Actor, error) {
	u, err := d.auth.Find(ctx, email)
	if err != nil {
		return auth.Actor{}, err
	}
	return auth.Actor{ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role}, nil
}

// secret returns the secret that signs access tokens. Unless it was given it is
// generated once by serve, into a file that only its owner may read; for other verbs it is nil then,
// since records that are signed with another secret than the server's are refused.
func (c config) secret() ([]byte, error) {
	if c.jwtSecret != "" {
		return []byte(c.jwtSecret), nil
	}
	path := filepath.Join(c.dataDir, "jwt-secret")
	secret, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !c.makesSecret:
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return newSecret(path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the signing secret: %w", err)
	}
	return []byte(strings.TrimSpace(string(secret))), nil
}

// newSecret writes a whole file first and then links it, so that two processes that
// start at the same time agree on one secret.
func newSecret(path string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("creating DATA_DIR: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".jwt-secret-") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("writing the signing secret: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(auth.GeneratePassword() + auth.GeneratePassword() + auth.GeneratePassword() + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("writing the signing secret: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("writing the signing secret: %w", err)
	}
	secret, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the signing secret: %w", err)
	}
	return []byte(strings.TrimSpace(string(secret))), nil
}

func runMigrate(ctx context.Context, e env, args []string) error {
	if err := parseFlags(e.flags("migrate", ""), args); err != nil {
		return err
	}
	d, cfg, err := e.openTool(ctx)
	if err != nil {
		return err
	}
	defer d.stop()
	v, err := d.store.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s is at schema version %d.\n", redactURL(cfg.databaseURL), v)
	return err
}
