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
	pingInterval = 25 * time.Second
	readTimeout  = 35 * time.Second // longer than one ping and its answer
	writeTimeout = 10 * time.Second
	renewRetry   = time.Second
	maxFrame     = 4 << 20 // bytes; the largest post is well below
)

// conn is one connection to the stream. The goroutine of run reads; keepAlive pings and
// renews the token in its own. Each frame is one Write of net.Conn, so both may write.
type conn struct {
	net.Conn
	buffered *bufio.Reader
}

// dial opens a connection that resumes after a position. The error is a ws.StatusError
// when the server answered with another status than 101.
func dial(ctx context.Context, base string, after Position, token string) (*conn, error) {
	address := "ws" + strings.TrimPrefix(base, "http") + "/ws"
	if after.Seq >= 0 {
		address += "?cursor=" + strconv.FormatInt(after.Seq, 10)
		if after.Epoch != "" {
			address += "&epoch=" + url.QueryEscape(after.Epoch)
		}
	}
	dialer := ws.Dialer{
		Timeout: writeTimeout,
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

// run reads frames until the connection is lost, handle fails or ctx ends, and passes
// those that do not concern the connection itself to handle. It closes the connection and
// returns the token in use at the end.
func (c *conn) run(ctx context.Context, client *Client, token string, handle func(context.Context, string, []byte) error) (string, error) {
	defer c.Close()
	stopClosing := context.AfterFunc(ctx, func() {
		_ = c.write(ws.OpClose, ws.NewCloseFrameBody(ws.StatusNormalClosure, ""), time.Second)
		c.Close()
	})
	defer stopClosing()

	expiring := make(chan struct{}, 1)
	var keepingAlive sync.WaitGroup
	untilLost, stop := context.WithCancel(ctx)
	keepingAlive.Go(func() { token = c.keepAlive(untilLost, client, token, expiring) })
	err := c.read(ctx, expiring, handle)
	stop()
	keepingAlive.Wait()
	return token, err
}

// keepAlive pings, and renews the token when it is about to expire, until ctx ends. It
// ignores failed writes: reading then fails too.
func (c *conn) keepAlive(ctx context.Context, client *Client, token string, expiring <-chan struct{}) string {
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	var retry <-chan time.Time // set when the token could not be renewed
	for {
		select {
		case <-ctx.Done():
			return token
		case <-ping.C:
			_ = c.write(ws.OpText, []byte(`{"type":"ping"}`), writeTimeout)
		case <-expiring:
			token, retry = c.renew(ctx, client, token)
		case <-retry:
			token, retry = c.renew(ctx, client, token)
		}
	}
}

// renew sends the server the token that replaces token and returns it, or token and a
// timer for the next attempt. Without another token the server closes with 4401.
func (c *conn) renew(ctx context.Context, client *Client, token string) (string, <-chan time.Time) {
	fresh, err := client.Token(ctx, token)
	if errors.Is(err, ErrSignedOut) {
		return token, nil
	}
	if err != nil {
		return token, time.After(renewRetry)
	}
	frame, err := json.Marshal(map[string]string{"type": "auth", "token": fresh})
	if err != nil {
		panic(err) // strings always encode
	}
	_ = c.write(ws.OpText, frame, writeTimeout)
	return fresh, nil
}

func (c *conn) read(ctx context.Context, expiring chan<- struct{}, handle func(context.Context, string, []byte) error) error {
	reader := wsutil.Reader{Source: c.buffered, State: ws.StateClientSide, CheckUTF8: true,
		MaxFrameSize: maxFrame, OnIntermediate: c.control}
	for {
		c.SetReadDeadline(time.Now().Add(readTimeout))
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
			default: // a renewal is due already
			}
			continue
		}
		if err := handle(ctx, frame.Type, b); err != nil {
			return err
		}
	}
}

// write sends one frame and overwrites payload. The deadline is the whole connection's: a
// short one also ends a write of the other goroutine that blocks.
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
		_ = c.write(ws.OpPong, body, writeTimeout)
	case ws.OpClose:
		code, reason := ws.ParseCloseFrameData(body)
		_ = c.write(ws.OpClose, body, writeTimeout)
		return closed{code: code, reason: reason}
	}
	return nil
}
