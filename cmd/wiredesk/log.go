package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/wiredesk/wiredesk/internal/rest"
)

// logger returns the server log, which goes to stderr. Durations are written as text with their unit.
func (c config) logger(e env) *slog.Logger { return c.loggerAt(e, c.logLevel) }

func (c config) loggerAt(e env, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: durationAsText}
	var h slog.Handler = slog.NewJSONHandler(e.stderr, options)
	if c.logFormat == "text" {
		h = slog.NewTextHandler(e.stderr, options)
	}
	return slog.New(contextHandler{h, c.node})
}

// switchDebug returns a function that runs until ctx ends: a signal sets level to debug, and the next one to LOG_LEVEL,
// or to info if that is debug.
func (s *server) switchDebug(signals <-chan os.Signal, level *slog.LevelVar) func(context.Context) error {
	usual := s.cfg.logLevel
	if usual <= slog.LevelDebug {
		usual = slog.LevelInfo
	}
	return func(ctx context.Context) error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-signals:
			}
			next := slog.LevelDebug
			if level.Level() <= slog.LevelDebug {
				next = usual
			}
			level.Set(next)
			s.log.Log(ctx, max(next, slog.LevelWarn), "log level changed by a signal", "to", next)
		}
	}
}

func durationAsText(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindDuration {
		return a
	}
	d := a.Value.Duration()
	if d >= time.Second {
		d = d.Round(time.Millisecond)
	} else {
		d = d.Round(time.Microsecond)
	}
	return slog.String(a.Key, d.String())
}

// contextHandler adds the node to each line, and to the lines of a request its id and the client's address.
type contextHandler struct {
	slog.Handler
	node string
}

func (h contextHandler) Handle(ctx context.Context, r slog.Record) error {
	r = r.Clone()
	for _, a := range append(rest.RequestAttrs(ctx), slog.String("node", h.node)) {
		if !hasAttr(r, a.Key) {
			r.AddAttrs(a)
		}
	}
	return h.Handler.Handle(ctx, r)
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs), h.node}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name), h.node}
}

func hasAttr(r slog.Record, key string) (found bool) {
	r.Attrs(func(a slog.Attr) bool {
		found = a.Key == key
		return !found
	})
	return found
}
