package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

const (
	pingEvery   = 25 * time.Second
	silentAfter = 35 * time.Second // a ping and its answer lie within
	writeWithin = 10 * time.Second
	renewAgain  = time.Second
	biggest     = 4 << 20 // bytes of one frame; the largest post is well below
)

// conn is one connection to the stream. Each frame leaves in one Write of net.Conn, so
// that its two goroutines may both write.
type conn struct {
	net.Conn
	buffered *bufio.Reader
}

// dial opens a connection that resumes after cursor, of an epoch that may be unknown. The error is a ws.StatusError when
// the server answered with another status than 101.
func dial(ctx context.Context, base string, cursor int64, epoch, token string) (*conn, error) {
	address := "ws" + strings.TrimPrefix(base, "http") + "/ws"
	if cursor >= 0 {
		address += "?cursor=" + strconv.FormatInt(cursor, 10)
		if epoch != "" {
			address += "&epoch=" + url.QueryEscape(epoch)
		}
	}
	dialer := ws.Dialer{
		Timeout: writeWithin,
		Header:  ws.HandshakeHeaderHTTP(http.Header{"Authorization": {"Bearer " + token}}),
	}
	nc, buffered, _, err := dialer.Dial(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("connecting to the stream: %w", err)
	}
	if buffered == nil {
		buffered = bufio.NewReader(nc)
	}
	return &conn{Conn: nc, buffered: buffered}, nil
}

// run reads frames until the connection is lost or ctx ends, and gives those that are
// not about the connection itself to handle. It returns the token in use at the end.
func (c *conn) run(ctx context.Context, client *Client, token string, handle func(context.Context, string, []byte) error) (string, error) {
	defer c.Close()
	parting := context.AfterFunc(ctx, func() {
		_ = c.write(ws.OpClose, ws.NewCloseFrameBody(ws.StatusNormalClosure, ""), time.Second)
		c.Close()
	})
	defer parting()

	expiring := make(chan struct{}, 1)
	var keeper sync.WaitGroup
	keeping, stop := context.WithCancel(ctx)
	keeper.Go(func() { token = c.keep(keeping, client, token, expiring) })
	err := c.read(ctx, expiring, handle)
	stop()
	keeper.Wait()
	return token, err
}

// keep pings, and renews the token when it is about to expire, until ctx ends. A failure
// to write needs no answer: what follows from it is that reading fails.
func (c *conn) keep(ctx context.Context, client *Client, token string, expiring <-chan struct{}) string {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	var again <-chan time.Time // set when the token could not be renewed
	for {
		select {
		case <-ctx.Done():
			return token
		case <-ping.C:
			_ = c.write(ws.OpText, []byte(`{"type":"ping"}`), writeWithin)
		case <-expiring:
			token, again = c.renew(ctx, client, token)
		case <-again:
			token, again = c.renew(ctx, client, token)
		}
	}
}

// renew gives the server the token that follows token, and returns it; or token, and when
// to try again. Without another one the server will close with 4401.
func (c *conn) renew(ctx context.Context, client *Client, token string) (string, <-chan time.Time) {
	fresh, err := client.Token(ctx, token)
	if errors.Is(err, ErrSignedOut) {
		return token, nil
	}
	if err != nil {
		return token, time.After(renewAgain)
	}
	frame, err := json.Marshal(map[string]string{"type": "auth", "token": fresh})
	if err != nil {
		panic(err) // strings always encode
	}
	_ = c.write(ws.OpText, frame, writeWithin)
	return fresh, nil
}

func (c *conn) read(ctx context.Context, expiring chan<- struct{}, handle func(context.Context, string, []byte) error) error {
	reader := wsutil.Reader{Source: c.buffered, State: ws.StateClientSide, CheckUTF8: true,
		MaxFrameSize: biggest, OnIntermediate: c.control}
	for {
		c.SetReadDeadline(time.Now().Add(silentAfter))
		header, err := reader.NextFrame()
		if err != nil {
			return fmt.Errorf("reading the stream: %w", err)
		}
		if header.OpCode.IsControl() {
			if err := c.control(header, &reader); err != nil {
				return err
			}
			continue
		}
		b, err := io.ReadAll(&reader)
		if err != nil {
			return fmt.Errorf("reading the stream: %w", err)
		}
		var frame struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(b, &frame); err != nil {
			return fmt.Errorf("reading a frame: %w", err)
		}
		if frame.Type == "auth-expiring" {
			select {
			case expiring <- struct{}{}:
			default: // already told
			}
			continue
		}
		if err := handle(ctx, frame.Type, b); err != nil {
			return err
		}
	}
}

// write sends one frame, and destroys payload. The deadline is the connection's: a short one frees a writer that is stuck.
func (c *conn) write(op ws.OpCode, payload []byte, within time.Duration) error {
	c.SetWriteDeadline(time.Now().Add(within))
	frame, err := ws.CompileFrame(ws.MaskFrameInPlace(ws.NewFrame(op, true, payload)))
	if err != nil {
		return fmt.Errorf("building a frame: %w", err)
	}
	_, err = c.Write(frame)
	return err
}

// control answers a ping or a close. The library's own handler refuses close codes that
// RFC 6455 does not list, 1012 among them.
func (c *conn) control(header ws.Header, payload io.Reader) error {
	body, err := io.ReadAll(payload)
	if err != nil {
		return fmt.Errorf("reading the stream: %w", err)
	}
	switch header.OpCode {
	case ws.OpPing:
		_ = c.write(ws.OpPong, body, writeWithin)
	case ws.OpClose:
		code, reason := ws.ParseCloseFrameData(body)
		_ = c.write(ws.OpClose, body, writeWithin)
		return closed{code: code, reason: reason}
	}
	return nil
}
