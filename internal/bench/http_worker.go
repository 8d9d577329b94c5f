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

// httpWorker sends requests over one connection, one at a time. It uses less CPU time than net/http, as the
// load shares the machine with the measured server.
type httpWorker struct {
	conn   net.Conn
	in     *bufio.Reader
	header string // of every request
	out    []byte
}

func (t *target) newHTTPWorker(ctx context.Context) (*httpWorker, error) {
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
	return &httpWorker{conn: conn, in: bufio.NewReader(conn), header: header}, nil
}

func hostPort(u *url.URL) string {
	if u.Port() == "" {
		return net.JoinHostPort(u.Hostname(), "80")
	}
	return u.Host
}

func (c *httpWorker) close() { c.conn.Close() }

// call sends a request and returns the header of the answer; an error unless the status is a success.
func (c *httpWorker) call(method, path, etag string, body []byte) (http.Header, error) {
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

// send sends a request and returns the answer, whose body must be read and closed before the next one.
// header has complete lines.
func (c *httpWorker) send(method, path, header string, body []byte) (*http.Response, error) {
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

// writer changes posts, one request at a time.
type writer struct {
	*httpWorker
	made       *posts
	path, etag string // of the post to change
	body       []byte
}

func (t *target) newWriter(ctx context.Context) (*writer, error) {
	c, err := t.newHTTPWorker(ctx)
	return &writer{httpWorker: c, made: t.made}, err
}

// filler makes the frame of a post about 1 KB and the post 1.5 KB.
var filler = strings.Repeat("The quick brown fox jumps over the lazy dog. ", 12)

// marker precedes the send time in a title.
const marker = `"title":"bench `

// write fills body with a post whose title has the send time, in nanoseconds since began.
func (a *writer) write(began time.Time) []byte {
	a.body = fmt.Appendf(a.body[:0], `{%s%d","description":%q,"content":%q}`, marker, time.Since(began), filler, filler)
	return a.body
}

// create creates a post, which change then changes.
func (a *writer) create(began time.Time) error {
	header, err := a.call(http.MethodPost, "/api/posts", "", a.write(began))
	if err == nil {
		a.path, a.etag = header.Get("Location"), header.Get("ETag")
		a.made.add(a.path)
	}
	return err
}

func (a *writer) change(began time.Time) error {
	header, err := a.call(http.MethodPatch, a.path, a.etag, a.write(began))
	if err == nil {
		a.etag = header.Get("ETag")
	}
	return err
}

// newWriters returns n writers, each with a post that all sockets have received. Close them with closeAll.
func (t *target) newWriters(ctx context.Context, n int, c *clientPool) ([]*writer, error) {
	var all []*writer
	c.expect(c.head() + int64(n))
	for range n {
		a, err := t.newWriter(ctx)
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

func closeAll(all []*writer) {
	for _, a := range all {
		a.close()
	}
}

// parallel runs do for each writer at the same time and returns the first error.
func parallel(all []*writer, do func(i int, a *writer) error) error {
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

// posts has the ids of created posts, which are deleted from Remote at the end.
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
	var all []*writer
	defer func() { closeAll(all) }()
	for range at {
		a, err := t.newWriter(ctx)
		if err != nil {
			return err
		}
		all = append(all, a)
	}
	return parallel(all, func(i int, a *writer) error {
		for ; i < len(p.paths) && ctx.Err() == nil; i += at {
			if _, err := a.call(http.MethodDelete, p.paths[i], "", nil); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}
