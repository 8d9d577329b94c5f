package auth

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/limit"
)

// Config configures a Service. Only Secret is required.
type Config struct {
	Secret         []byte        // signs access tokens; at least MinSecret bytes
	PreviousSecret []byte        // also verifies access tokens; empty: none
	AccessTTL      time.Duration // lifetime of an access token; zero means 15 minutes
	SessionTTL     time.Duration // lifetime of a session since its last use; zero means 30 days
	SessionMax     time.Duration // lifetime of a session since its sign-in; zero means 90 days
	Host           string        // of the dashboard's URL; no password may be built from it
	Logger         *slog.Logger
	Registerer     prometheus.Registerer // nil: the metrics are not registered
}

// Service authenticates users and manages their accounts and sessions. Its methods may be called from any
// goroutine; calls of OnChange precede Run.
type Service struct {
	cfg      Config
	store    Store
	keys     *keyring
	limits   signInLimits
	hasher   hasher
	sessions sessionCache
	signIns  *prometheus.CounterVec
	limited  limit.Lines
	dummy    string // hash of a random password, for emails without an account
	now      func() time.Time
}

// NewService returns a Service over store.
func NewService(store Store, cfg Config) (*Service, error) {
	if cfg.AccessTTL == 0 {
		cfg.AccessTTL = 15 * time.Minute
	}
	if cfg.SessionTTL == 0 {
		cfg.SessionTTL = 30 * 24 * time.Hour
	}
	if cfg.SessionMax == 0 {
		cfg.SessionMax = 90 * 24 * time.Hour
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	keys, err := newKeyring(cfg.Secret, cfg.PreviousSecret)
	if err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, store: store, keys: keys, limits: newSignInLimits(), signIns: newSignIns(cfg.Registerer), hasher: newHasher(),
		sessions: sessionCache{states: make(map[string]sessionState)}, now: func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }}
	if s.dummy, err = s.hasher.hash(context.Background(), local, randomText(16)); err != nil {
		return nil, err
	}
	return s, nil
}

var (
	errSignIn       = fault.New(fault.Unauthorized, "Incorrect email or password.")
	errDisabled     = fault.New(fault.Forbidden, disabledText)
	errSessionEnded = fault.New(fault.Unauthorized, "The session has ended. Sign in again.")
	errNoSession    = fault.New(fault.NotFound, "There is no such session.")
)

// Codes of Forbidden faults that a client can resolve.
const (
	CodeMustChange = "password-change-required"
	CodeReauth     = "reauthentication-required"
)

var (
	errMustChange = &fault.Error{Kind: fault.Forbidden, Code: CodeMustChange, Text: "Change your password first: another user has set it."}
	errReauth     = &fault.Error{Kind: fault.Forbidden, Code: CodeReauth, Text: "Confirm this with your own password."}
)

const disabledText = "Your account is disabled. Ask an administrator."
