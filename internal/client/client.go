// Package client speaks to a Wiredesk server as any program would: the REST API
// with tokens that renew themselves, and the live stream, resumed until its
// context ends. It knows the wire alone; it never touches a database or Kafka.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strconv"
	"strings"
	"time"
)

// ErrSignedOut is returned when the server refuses the token and no other can be had.
var ErrSignedOut = errors.New("signed out")

// Source gives an access token each time that it is asked. It is asked again when the
// server has refused the one before, or is about to.
type Source func(ctx context.Context) (string, error)

// Client is a connection to one server, as one user. It may be used by several goroutines.
type Client struct {
	base   string // without a slash at the end
	http   *http.Client
	source Source

	turn  chan struct{} // held by whoever renews: a refresh token works once
	token string        // guarded by turn
}

// New returns a client of the server at baseURL ("http://localhost:3000"), signed in
// as nobody. Close its idle connections with Close.
func New(baseURL string) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // not with these options
	}
	c := &Client{
		base: strings.TrimRight(baseURL, "/"),
		http: &http.Client{Transport: transport, Jar: jar, Timeout: time.Minute},
		turn: make(chan struct{}, 1),
	}
	c.source = func(context.Context) (string, error) { return "", ErrSignedOut }
	return c
}

// Close lets go of the connections that are kept for the next request.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Login signs in with a password, and again whenever the session is lost. Call it
// before anything else.
func (c *Client) Login(ctx context.Context, email, password string) error {
	login := func(ctx context.Context) (string, error) {
		return c.signIn(ctx, "/api/auth/login", map[string]string{"email": email, "password": password})
	}
	token, err := login(ctx)
	if err != nil {
		return fmt.Errorf("signing in as %s: %w", email, err)
	}
	c.token = token
	c.source = func(ctx context.Context) (string, error) {
		token, err := c.signIn(ctx, "/api/auth/refresh", nil)
		if refused(err) {
			token, err = login(ctx)
		}
		return token, err
	}
	return nil
}

// Logout ends the session that Login began.
func (c *Client) Logout(ctx context.Context) error {
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/api/auth/logout"})
	return err
}

// UseTokens takes access tokens from source. Call it before anything else.
func (c *Client) UseTokens(source Source) { c.source = source }

func (c *Client) signIn(ctx context.Context, path string, body any) (string, error) {
	var session struct {
		AccessToken string `json:"accessToken"`
	}
	_, err := c.send(ctx, request{method: http.MethodPost, path: path, body: body, into: &session})
	return session.AccessToken, err
}

// refused reports whether the server did not accept who we say we are.
func refused(err error) bool {
	var p *Problem
	return errors.As(err, &p) && (p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden)
}

// Token returns an access token other than used, which the server has refused; pass ""
// to take the present one. The error is ErrSignedOut when there is no other.
func (c *Client) Token(ctx context.Context, used string) (string, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if c.token != used { // somebody else has renewed it meanwhile
		return c.token, nil
	}
	token, err := c.source(ctx)
	if refused(err) {
		return "", fmt.Errorf("%w: %w", ErrSignedOut, err)
	}
	if err != nil {
		return "", fmt.Errorf("renewing the access token: %w", err)
	}
	if token == used {
		return "", ErrSignedOut
	}
	c.token = token
	return token, nil
}

// request is one call of the API.
type request struct {
	method, path string
	header       http.Header
	body         any // encoded as JSON; nil: none
	into         any // the answer is decoded into it; nil: ignored
}

// call sends r as the signed-in user, once more with another token when it is refused.
func (c *Client) call(ctx context.Context, r request) (http.Header, error) {
	if r.header == nil {
		r.header = http.Header{}
	}
	token, err := c.Token(ctx, "")
	if err != nil {
		return nil, err
	}
	r.header.Set("Authorization", "Bearer "+token)
	header, err := c.send(ctx, r)
	var p *Problem
	if !errors.As(err, &p) || p.Status != http.StatusUnauthorized {
		return header, err
	}
	if token, err = c.Token(ctx, token); err != nil {
		return nil, err
	}
	r.header.Set("Authorization", "Bearer "+token)
	return c.send(ctx, r)
}

func (c *Client) send(ctx context.Context, r request) (http.Header, error) {
	what := r.method + " " + r.path
	var body io.Reader
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("encoding %s: %w", what, err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, body)
	if err != nil {
		return nil, fmt.Errorf("building %s: %w", what, err)
	}
	if r.header != nil {
		req.Header = r.header.Clone()
	}
	req.Header.Set("User-Agent", "wiredesk")
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("sending: %w", err) // http.Client's error names the request
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return nil, problem(what, res)
	}
	if r.into == nil {
		_, err = io.Copy(io.Discard, res.Body)
	} else {
		err = json.NewDecoder(res.Body).Decode(r.into)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the answer to %s: %w", what, err)
	}
	return res.Header, nil
}

// Problem is an error answer of the server.
type Problem struct {
	Status     int             `json:"status"`
	Title      string          `json:"title"`
	Detail     string          `json:"detail"`
	RequestID  string          `json:"requestId"`
	Errors     []FieldError    `json:"errors"`
	Current    json.RawMessage `json:"current"`   // 412: the post as it is now
	Conflicts  []string        `json:"conflicts"` // 412: the fields that both sides changed
	RetryAfter time.Duration   `json:"-"`         // zero: not said

	request string
}

// FieldError says what is wrong with one field.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func (p *Problem) Error() string {
	text := fmt.Sprintf("%s: %d %s", p.request, p.Status, p.Title)
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	for _, e := range p.Errors {
		text += " " + e.Field + ": " + e.Message + "."
	}
	return text
}

// problem reads an error answer, whatever stands between us and the server made of it.
func problem(what string, res *http.Response) *Problem {
	const most = 1 << 20
	p := &Problem{}
	body, err := io.ReadAll(io.LimitReader(res.Body, most))
	if err != nil || json.Unmarshal(body, p) != nil {
		p = &Problem{Title: http.StatusText(res.StatusCode)}
	}
	p.Status, p.request = res.StatusCode, what
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s > 0 {
		p.RetryAfter = time.Duration(s) * time.Second
	}
	return p
}
