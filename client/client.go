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
	"strings"
	"time"
)

// ErrSignedOut is returned, wrapped, when the server refuses the token and no other can be had.
var ErrSignedOut = errors.New("signed out")

// Source returns an access token. The Client calls it for the first request, and again
// when the server has refused the last token or a stream is about to expire; one call at
// a time. To return the refused token again ends the call with ErrSignedOut.
type Source func(ctx context.Context) (string, error)

// Client sends requests to one server as one user. It may be used by several goroutines.
type Client struct {
	base   string // without a slash at the end
	http   *http.Client
	source Source

	renewing chan struct{} // a lock with a context: a refresh token works once
	token    string        // guarded by renewing
}

// New returns a Client of the server at baseURL, such as "http://localhost:3000", that is
// not signed in. It keeps up to 64 idle connections, which Close closes. One request,
// its answer included, may take a minute.
func New(baseURL string) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // not with these options
	}
	c := &Client{
		base:     strings.TrimRight(baseURL, "/"),
		http:     &http.Client{Transport: transport, Jar: jar, Timeout: time.Minute},
		renewing: make(chan struct{}, 1),
	}
	c.source = func(context.Context) (string, error) { return "", ErrSignedOut }
	return c
}

// Close closes the idle connections. The Client may be used afterwards.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Login signs in with a password, which the Client keeps to sign in again when the session
// is revoked. Call it before any other method. A wrong password is a *Problem with
// Status 401, too many attempts one with 429 and RetryAfter.
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

// Logout revokes the session that Login opened, and closes its streams.
func (c *Client) Logout(ctx context.Context) error {
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/api/auth/logout"})
	return err
}

// UseTokens makes the Client take its access tokens from source. Call it instead of Login.
func (c *Client) UseTokens(source Source) { c.source = source }

func (c *Client) signIn(ctx context.Context, path string, body any) (string, error) {
	var session struct {
		AccessToken string `json:"accessToken"`
	}
	_, err := c.send(ctx, request{method: http.MethodPost, path: path, body: body, into: &session})
	return session.AccessToken, err
}

// refused reports whether the server did not accept the password or the token.
func refused(err error) bool {
	var p *Problem
	return errors.As(err, &p) && (p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden)
}

// Token returns an access token for requests of the caller's own: one other than used,
// which the server has refused, or the current one when used is "". The error is
// ErrSignedOut when there is no other.
func (c *Client) Token(ctx context.Context, used string) (string, error) {
	select {
	case c.renewing <- struct{}{}:
		defer func() { <-c.renewing }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if c.token != used { // another goroutine has renewed it meanwhile
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

// call sends r as the signed-in user, a second time with another token after a 401.
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
		return nil, readProblem(what, res)
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
