package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// warningTTL is how long a warning of the broker makes it unhealthy. The broker does not log the end of a
// problem.
const warningTTL = time.Minute

// brokerLog is the logger of the broker, which reports failed writes only there. It keeps the last
// warning.
type brokerLog struct {
	log  *slog.Logger
	mu   sync.Mutex
	text string
	at   time.Time
}

// Logf implements kfake.Logger.
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

// reset forgets the last warning.
func (l *brokerLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = ""
}

// lastWarning returns the last warning within warningTTL, or nil.
func (l *brokerLog) lastWarning() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text == "" || time.Since(l.at) > warningTTL {
		return nil
	}
	return errors.New(l.text)
}
