package rest

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// cookies are the names of the two cookies: one holds the session's refresh token, the other marks the browser as known
// to the account. Browsers send a cookie to every port of a host, so the names hold the origin's port.
type cookies struct {
	refresh, device string
	isSecure        bool
}

func cookiesOf(origin string) cookies {
	c := cookies{refresh: "wiredesk_refresh", device: "wiredesk_device"}
	u, err := url.Parse(origin)
	if err != nil {
		return c
	}
	if port := u.Port(); port != "" {
		c.refresh, c.device = c.refresh+"_"+port, c.device+"_"+port
	}
	if c.isSecure = u.Scheme == "https"; c.isSecure { // with this prefix, browsers take it from this host alone, over TLS
		c.refresh, c.device = "__Host-"+c.refresh, "__Host-"+c.device
	}
	return c
}

// set sets a cookie. The prefix __Host- requires the path /.
func (c cookies) set(w http.ResponseWriter, name, value string, expires time.Time) {
	path := "/api/auth"
	if c.isSecure {
		path = "/"
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: path, Expires: expires,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: c.isSecure})
}

type signedInAnswer struct {
	AccessToken string `json:"accessToken"`
	ExpiresIn   int    `json:"expiresIn"` // seconds
	User        me     `json:"user"`
}

type me struct {
	ID    int64     `json:"id"`
	Email string    `json:"email"`
	Name  string    `json:"name"`
	Role  auth.Role `json:"role"`
	// MustChangePassword: all other calls but the change of the password are refused.
	MustChangePassword bool `json:"mustChangePassword,omitempty"`
}

func (s *server) login(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Email    *string `json:"email"`
		Password *string `json:"password"`
	}
	if err := decode(w, r, &in); err != nil {
		return err
	}
	if err := required(in.Email == nil, "email"); err != nil {
		return err
	}
	if err := required(in.Password == nil, "password"); err != nil {
		return err
	}
	tokens, err := s.auth.Login(r.Context(), *in.Email, *in.Password, s.client(r))
	if err != nil {
		return err
	}
	s.cookies.set(w, s.cookies.device, tokens.Device, tokens.DeviceExpires)
	return s.answerTokens(w, tokens)
}

func (s *server) refresh(w http.ResponseWriter, r *http.Request) error {
	cookie, err := r.Cookie(s.cookies.refresh)
	if err != nil {
		return fault.New(fault.Unauthorized, "You are not signed in.")
	}
	tokens, err := s.auth.Refresh(r.Context(), cookie.Value)
	if fault.KindOf(err) == fault.Unauthorized && !errors.Is(err, auth.ErrUnknownToken) { // that cookie may be another installation's
		s.cookies.set(w, s.cookies.refresh, "", time.Unix(1, 0))
	}
	if err != nil {
		return err
	}
	return s.answerTokens(w, tokens)
}

func (s *server) answerTokens(w http.ResponseWriter, t auth.Tokens) error {
	s.cookies.set(w, s.cookies.refresh, t.Refresh, t.RefreshExpires)
	return writeJSON(w, http.StatusOK, signedInAnswer{AccessToken: t.Access, ExpiresIn: int(t.AccessTTL.Seconds()),
		User: me{ID: t.User.ID, Email: t.User.Email, Name: t.User.Name, Role: t.User.Role, MustChangePassword: t.User.MustChangePassword}})
}

// client returns the sender of a request as the limits on passwords see it.
func (s *server) client(r *http.Request) auth.Client {
	c := auth.Client{Address: s.clientAddress(r), UserAgent: r.UserAgent()}
	if cookie, err := r.Cookie(s.cookies.device); err == nil {
		c.Device = cookie.Value
	}
	return c
}

// logout ends the session of the access token or, when that has expired, of the cookie.
func (s *server) logout(w http.ResponseWriter, r *http.Request) error {
	var refresh string
	if cookie, err := r.Cookie(s.cookies.refresh); err == nil {
		refresh = cookie.Value
	}
	if err := s.auth.Logout(r.Context(), bearer(r), refresh); err != nil {
		return err
	}
	s.cookies.set(w, s.cookies.refresh, "", time.Unix(1, 0))
	return answerNothing(w)
}

func (s *server) me(w http.ResponseWriter, r *http.Request) error {
	grant, mustChange, err := s.auth.Identify(r.Context(), bearer(r))
	if err != nil {
		return err
	}
	by := grant.Actor
	return writeJSON(w, http.StatusOK, me{ID: by.ID, Email: by.Email, Name: by.Name, Role: by.Role, MustChangePassword: mustChange})
}

func (s *server) reauthenticate(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	var in struct {
		Password *string `json:"password"`
	}
	if err := decode(w, r, &in); err != nil {
		return err
	}
	if err := required(in.Password == nil, "password"); err != nil {
		return err
	}
	if err := s.auth.Reauthenticate(r.Context(), by, *in.Password, s.client(r)); err != nil {
		return err
	}
	return answerNothing(w)
}

func (s *server) changePassword(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	var in struct {
		Current string `json:"current"`
		Next    string `json:"next"`
	}
	if err := decode(w, r, &in); err != nil {
		return err
	}
	if err := s.auth.ChangePassword(r.Context(), by, in.Current, in.Next, s.client(r)); err != nil {
		return err
	}
	return answerNothing(w)
}

// answerNothing answers 204.
func answerNothing(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type sessionAnswer struct {
	ID         string    `json:"id"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
	UserAgent  string    `json:"userAgent"`
	Current    bool      `json:"current"`
}

func (s *server) listSessions(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	sessions, err := s.auth.Sessions(r.Context(), by)
	if err != nil {
		return err
	}
	items := make([]sessionAnswer, len(sessions))
	for i, v := range sessions {
		items[i] = sessionAnswer{ID: v.ID, CreatedAt: v.CreatedAt, LastUsedAt: v.LastUsedAt, ExpiresAt: v.ExpiresAt,
			UserAgent: v.UserAgent, Current: v.ID == by.SessionID}
	}
	return writeJSON(w, http.StatusOK, list{Items: items})
}

func (s *server) revokeSession(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	if err := s.auth.RevokeSession(r.Context(), by, r.PathValue("sessionId")); err != nil {
		return err
	}
	return answerNothing(w)
}

func (s *server) revokeOtherSessions(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	if err := s.auth.RevokeOtherSessions(r.Context(), by); err != nil {
		return err
	}
	return answerNothing(w)
}

// list is an answer of items without pages.
type list struct {
	Items any `json:"items"`
}
