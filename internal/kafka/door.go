package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// maxConnections bounds how many outside clients the embedded broker serves at once.
const maxConnections = 128

// door lets clients of other processes in, one guard on each.
type door struct {
	tcp    net.Listener
	log    *slog.Logger
	slots  chan struct{}
	joined sync.WaitGroup
}

// openDoor listens on address, which must be a loopback one.
func openDoor(address string, log *slog.Logger) (*door, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listening for clients of the embedded Kafka: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listening for clients of the embedded Kafka: %s is not a loopback address such as 127.0.0.1:9092; "+
			"the embedded broker asks nobody for a password", address)
	}
	tcp, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("KAFKA_EMBEDDED_LISTEN=%q cannot be used: %w; for example KAFKA_EMBEDDED_LISTEN=127.0.0.1:19092", address, err)
	}
	return &door{tcp: tcp, log: log, slots: make(chan struct{}, maxConnections)}, nil
}

// serve admits clients until close.
func (d *door) serve(broker *pipes) {
	d.joined.Go(func() {
		for {
			conn, err := d.tcp.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil { // out of file descriptors, say: others may be given back
				d.log.Warn("accepting a client of the embedded Kafka", "error", err)
				time.Sleep(100 * time.Millisecond)
				continue
			}
			d.admit(conn, broker)
		}
	})
}

func (d *door) admit(conn net.Conn, broker *pipes) {
	select {
	case d.slots <- struct{}{}:
	default:
		d.log.Warn("the embedded Kafka has too many clients; a new one was refused", "limit", maxConnections)
		_ = conn.Close()
		return
	}
	guarded := &guard{Conn: conn, log: d.log, released: func() { <-d.slots }}
	if broker.hand(context.Background(), guarded) != nil { // the broker is being closed
		_ = guarded.Close()
	}
}

// close ends serve and returns when it has. Clients stay connected until the broker ends.
func (d *door) close() error {
	err := d.tcp.Close()
	d.joined.Wait()
	return err
}
