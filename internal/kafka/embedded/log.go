package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// warningTTL is how long a warning of the embedded broker counts against its
// health. It never says that a trouble is over.
const warningTTL = time.Minute

// brokerLog takes the embedded broker's log, which is where it reports that it
// could not write, and keeps the last trouble.
type brokerLog struct {
	log  *slog.Logger
	mu   sync.Mutex
	text string
	at   time.Time
}

// Logf is called by the broker.
func (l *brokerLog) Logf(level kfake.LogLevel, format string, args ...any) {
	if level > kfake.LogLevelWarn {
		return
	}
	text := fmt.Sprintf(format, args...)
	l.mu.Lock()
	repeated := text == l.text && time.Since(l.at) < warningTTL
	l.text, l.at = text, time.Now()
	l.mu.Unlock()
	if !repeated {
		l.log.Warn("embedded Kafka: " + text)
	}
}

func (l *brokerLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = ""
}

func (l *brokerLog) lastWarning() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text == "" || time.Since(l.at) > warningTTL {
		return nil
	}
	return errors.New(l.text)
}
