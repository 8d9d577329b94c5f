package auth

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
)

// The server log is the audit trail: a line for each sign-in, failed sign-in and sign-out, and for each change of an
// account or session, with the account, the session and the actor. No line has a password, a token, or the email of
// an account that does not exist: users type passwords there by mistake.

// Outcomes of sign-ins, for the metric.
const (
	signedIn        = "accepted"
	signInFailed    = "failed"
	signInLimited   = "limited"
	accountDisabled = "disabled"
)

func newSignIns(reg prometheus.Registerer) *prometheus.CounterVec {
	signIns := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wiredesk_signins_total",
		Help: "Passwords that were presented, by outcome: accepted, failed, limited (too many failures), disabled."}, []string{"outcome"})
	for _, outcome := range []string{signedIn, signInFailed, signInLimited, accountDisabled} {
		signIns.WithLabelValues(outcome)
	}
	if reg != nil {
		reg.MustRegister(signIns)
	}
	return signIns
}

// logActor returns the attributes of the actor: email and session, or the name of an actor without a session.
func (a Actor) logActor() slog.Attr {
	if a.SessionID == "" {
		return slog.String("by", a.Name)
	}
	return slog.Group("", "by", a.Email, "bySession", a.SessionID)
}

// logClient returns the address of the client; the command line has none.
func (c Client) logClient() slog.Attr {
	if !c.Address.IsValid() {
		return slog.Attr{}
	}
	return slog.Any("address", c.Address)
}

// logUser returns the attributes of an account. One that does not exist has the id 0.
func logUser(u User) slog.Attr {
	if u.ID == 0 {
		return slog.Int64("user", 0)
	}
	return slog.Group("", "user", u.ID, "email", u.Email)
}

// logChanges returns the attributes of the fields in which two states of an account differ, each from and to.
func logChanges(before, after User, newPassword bool) []any {
	var attrs []any
	add := func(name string, from, to any) {
		if from != to {
			attrs = append(attrs, slog.Group(name, "from", from, "to", to))
		}
	}
	add("name", before.Name, after.Name)
	add("role", before.Role, after.Role)
	add("disabled", before.Disabled, after.Disabled)
	if newPassword {
		attrs = append(attrs, slog.Bool("newPassword", true), slog.Bool("temporary", after.MustChangePassword))
	}
	return attrs
}

// logLimited counts a refused password check and logs at most one line a minute, with the number since the last one.
func (s *Service) logLimited(ctx context.Context, u User, client Client) {
	s.signIns.WithLabelValues(signInLimited).Inc()
	if n, due := s.limited.Add(s.now()); due {
		s.cfg.Logger.WarnContext(ctx, "password refused: too many failures", client.logClient(), logUser(u), slog.Int("refusals", n))
	}
}
