package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

// services are the database and the services over it, for the server and for each command that works on the data.
// Both may run at the same time.
type services struct {
	store *sqlstore.Store
	auth  *auth.Service
	posts *post.Service

	secret []byte // signs access tokens and records; nil: unknown
	stop   func() // ends the writer and closes the database
}

// storeHooks are functions that the store calls; each may be nil.
type storeHooks struct {
	onCommit  func([]event.Event)
	startSpan func(context.Context) (context.Context, func(error))
}

// openServices opens the database and starts its writer, both of which services.stop ends. audit is the logger for
// accounts and sessions.
func openServices(ctx context.Context, cfg config, log, audit *slog.Logger, reg prometheus.Registerer, hooks storeHooks) (*services, error) {
	store, err := sqlstore.Open(ctx, sqlstore.Config{URL: cfg.databaseURL, Logger: log, Registerer: reg, OnCommit: hooks.onCommit, StartSpan: hooks.startSpan, Yield: cfg.yields, Watch: !cfg.yields, ReadOnly: cfg.readOnly})
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
	return &services{store: store, auth: authn, posts: post.NewService(store), secret: secret, stop: func() {
		writer.stop()
		if err := store.Close(); err != nil {
			log.Error("closing the database", "error", err)
		}
	}}, nil
}

// kafka returns the configuration of the Kafka clients, with the form and the secret of this installation's records.
func (d *services) kafka(cfg config) kafka.Config {
	topic := cfg.kafka
	topic.Form = event.Form{Installation: d.store.Installation(), Schemas: cfg.schemas()}
	topic.Secret, topic.PreviousSecret = d.secret, []byte(cfg.jwtPrevious)
	return topic
}

var errNoSecret = errors.New("the secret that signs records is unknown: set JWT_SECRET, or DATA_DIR, to the value that the servers have")

// openTool opens the services for a command. The command logs only warnings, and changes of accounts.
func (e env) openTool(ctx context.Context) (*services, config, error) {
	cfg, err := e.config()
	if err != nil {
		return nil, cfg, err
	}
	return e.open(ctx, cfg)
}

func (e env) open(ctx context.Context, cfg config) (*services, config, error) {
	audit := cfg.logger(e)
	cfg.yields = true
	cfg.logLevel = max(cfg.logLevel, slog.LevelWarn)
	log := cfg.logger(e)
	cfg.warnUnknown(log)
	d, err := openServices(ctx, cfg, log, audit, nil, storeHooks{})
	return d, cfg, cfg.nameSetting(err)
}

// openReader is openTool for a command that only reads: the database may be read-only, and a SQLite file write-protected.
func (e env) openReader(ctx context.Context) (*services, config, error) {
	cfg, err := e.config()
	if err != nil {
		return nil, cfg, err
	}
	cfg.readOnly = true
	return e.open(ctx, cfg)
}

// directoryCommand completes c, a command that works on one directory as one user.
func directoryCommand(c *cobra.Command, do func(ctx context.Context, dir, as string) error) *cobra.Command {
	var as string
	c.GroupID, c.Args, c.ValidArgsFunction = groupData, arguments("DIR"), completeDir
	c.RunE = func(c *cobra.Command, args []string) error { return do(c.Context(), args[0], as) }
	c.Flags().StringVar(&as, "as", "", "email of the user who runs the "+c.Name()+" (default: the first admin)")
	return c
}

// openAs opens the services with open, and finds the user with that email, or the first admin. The caller stops the
// services.
func (e env) openAs(ctx context.Context, email string, open func(context.Context) (*services, config, error)) (d *services, by auth.Actor, err error) {
	d, cfg, err := open(ctx)
	if err != nil {
		return nil, by, err
	}
	if !cfg.readOnly {
		err = d.firstAdmin(ctx, cfg)
	}
	if err == nil {
		by, err = d.actor(ctx, email)
	}
	if err != nil {
		d.stop()
		return nil, by, err
	}
	return d, by, nil
}

// firstAdmin adds the first administrator if ADMIN_PASSWORD is set. Without it only serve adds one, since it prints the
// generated password.
func (d *services) firstAdmin(ctx context.Context, cfg config) error {
	if cfg.adminPass == "" {
		return nil
	}
	_, err := d.auth.Bootstrap(ctx, cfg.adminEmail, cfg.adminPass)
	return err
}

// actor returns the user with that email, or the first admin if email is empty, as the actor of a command.
func (d *services) actor(ctx context.Context, email string) (auth.Actor, error) {
	u, err := d.auth.Find(ctx, email)
	if err != nil {
		return auth.Actor{}, err
	}
	return auth.Actor{ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role}, nil
}
