package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// caller sends requests over one connection, one at a time, with little CPU of its own:
// the load shares the machine with the server that it measures.
type caller struct {
	conn   net.Conn
	in     *bufio.Reader
	header string // of every request
	out    []byte
}

func (t *target) caller(ctx context.Context) (*caller, error) {
	u, err := url.Parse(t.url)
	if err != nil || u.Scheme != "http" {
		return nil, fmt.Errorf("only http:// addresses can be measured, not %q", t.url)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", hostPort(u))
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	header := "Host: " + u.Host + "\r\nContent-Type: application/json\r\n"
	if t.token != "" {
		header += "Authorization: Bearer " + t.token + "\r\n"
	}
	return &caller{conn: conn, in: bufio.NewReader(conn), header: header}, nil
}

func hostPort(u *url.URL) string {
	if u.Port() == "" {
		return net.JoinHostPort(u.Hostname(), "80")
	}
	return u.Host
}

func (c *caller) close() { c.conn.Close() }

// call returns the answer's header when its status is a success.
func (c *caller) call(method, path, etag string, body []byte) (http.Header, error) {
	header := ""
	if etag != "" {
		header = "If-Match: " + etag + "\r\n"
	}
	res, err := c.send(method, path, header, body)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		text, err := io.ReadAll(io.LimitReader(res.Body, 1000))
		return nil, errors.Join(fmt.Errorf("%s %s was answered with %s: %s", method, path, res.Status, text), err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return nil, fmt.Errorf("reading the answer to %s %s: %w", method, path, err)
	}
	return res.Header, nil
}

// send returns the answer, whose body must be read and closed before the next request. header
// holds whole lines.
func (c *caller) send(method, path, header string, body []byte) (*http.Response, error) {
	c.out = fmt.Appendf(c.out[:0], "%s %s HTTP/1.1\r\n%s%sContent-Length: %d\r\n\r\n", method, path, c.header, header, len(body))
	c.out = append(c.out, body...)
	if err := c.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, fmt.Errorf("sending %s %s: %w", method, path, err)
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return nil, fmt.Errorf("sending %s %s: %w", method, path, err)
	}
	res, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		return nil, fmt.Errorf("reading the answer to %s %s: %w", method, path, err)
	}
	return res, nil
}

// author writes posts, one after the other.
type author struct {
	*caller
	made       *posts
	path, etag string // of the post that it changes
	body       []byte
}

func (t *target) author(ctx context.Context) (*author, error) {
	c, err := t.caller(ctx)
	return &author{caller: c, made: t.made}, err
}

// filler makes the frame of a post about 1 KB long, and the post 1.5 KB.
var filler = strings.Repeat("The quick brown fox jumps over the lazy dog. ", 12)

// marker precedes, in a title, the time at which the change was sent.
const marker = `"title":"bench `

// write fills body with a post whose title tells when it was sent, in nanoseconds since began.
func (a *author) write(began time.Time) []byte {
	a.body = fmt.Appendf(a.body[:0], `{%s%d","description":%q,"content":%q}`, marker, time.Since(began), filler, filler)
	return a.body
}

// create makes a new post, which change then changes.
func (a *author) create(began time.Time) error {
	header, err := a.call(http.MethodPost, "/api/posts", "", a.write(began))
	if err == nil {
		a.path, a.etag = header.Get("Location"), header.Get("ETag")
		a.made.add(a.path)
	}
	return err
}

func (a *author) change(began time.Time) error {
	header, err := a.call(http.MethodPatch, a.path, a.etag, a.write(began))
	if err == nil {
		a.etag = header.Get("ETag")
	}
	return err
}

// authors returns n authors, each with a post that the crowd has seen. Close them with closeAll.
func (t *target) authors(ctx context.Context, n int, c *crowd) ([]*author, error) {
	var all []*author
	c.expect(c.head() + int64(n))
	for range n {
		a, err := t.author(ctx)
		if err == nil {
			all = append(all, a)
			err = a.create(c.began)
		}
		if err != nil {
			closeAll(all)
			return nil, err
		}
	}
	_, err := c.wait(ctx)
	return all, err
}

func closeAll(all []*author) {
	for _, a := range all {
		a.close()
	}
}

// together runs do for each author at the same time and returns the first error.
func together(all []*author, do func(i int, a *author) error) error {
	errs := make([]error, len(all))
	var running sync.WaitGroup
	for i, a := range all {
		running.Go(func() { errs[i] = do(i, a) })
	}
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// posts remembers the posts that were made, to delete them from a server that is not ours.
type posts struct {
	mu    sync.Mutex
	paths []string
}

func (p *posts) add(path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paths = append(p.paths, path)
}

func (p *posts) deleteAll(ctx context.Context, t *target) error {
	const at = 8
	var all []*author
	defer func() { closeAll(all) }()
	for range at {
		a, err := t.author(ctx)
		if err != nil {
			return err
		}
		all = append(all, a)
	}
	return together(all, func(i int, a *author) error {
		for ; i < len(p.paths) && ctx.Err() == nil; i += at {
			if _, err := a.call(http.MethodDelete, p.paths[i], "", nil); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}
