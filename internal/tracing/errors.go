package tracing

import (
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/limit"
)

// maxErrorText bounds the text of an error in the server log, in bytes.
const maxErrorText = 200

// errorLog writes the errors of the export to the server log: the first at once, later ones
// in one line a minute, without the endpoint's path, the headers and the response's body.
type errorLog struct {
	logger *slog.Logger
	hidden []string
	lines  limit.Lines
}

// Handle implements otel.ErrorHandler.
func (l *errorLog) Handle(err error) {
	if n, due := l.lines.Add(time.Now()); due {
		l.logger.Warn("exporting traces failed; spans dropped", "failures", n, "error", l.describe(err))
	}
}

// describe returns the text of err without secrets, at most maxErrorText bytes.
func (l *errorLog) describe(err error) string {
	var request *url.Error // its own text has the URL
	if errors.As(err, &request) {
		err = request.Err
	}
	text, _, answered := strings.Cut(err.Error(), "body: ")
	for _, secret := range l.hidden {
		text = strings.ReplaceAll(text, secret, "(hidden)")
	}
	if text = strings.TrimSuffix(strings.TrimSpace(text), "("); answered && text == "" {
		text = "the receiver is overloaded or unavailable"
	}
	return strings.TrimSpace(text[:min(len(text), maxErrorText)])
}

// hidden returns the strings that must not be logged, the longest first.
func (c Config) hidden() (secrets []string) {
	if u, err := url.Parse(c.Endpoint); err == nil && len(u.Path) > 1 {
		secrets = append(secrets, u.Path, u.EscapedPath())
	}
	for _, value := range c.Headers {
		if value != "" {
			secrets = append(secrets, value)
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	return secrets
}
