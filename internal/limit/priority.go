package limit

import (
	"context"
	"sync"
	"time"
)

// Priority delays cheap work while important work runs. Otherwise, with more cheap work than processors, each
// step of the important work would wait behind all of it. The zero value is ready to use.
type Priority struct {
	mu      sync.Mutex
	running int
	idle    chan struct{} // closed when the last important work ends; nil: none runs
}

// Begin counts important work until end, which must be called once.
func (p *Priority) Begin() (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running++; p.running == 1 {
		p.idle = make(chan struct{})
	}
	return p.end
}

func (p *Priority) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running--; p.running == 0 {
		close(p.idle)
		p.idle = nil
	}
}

// Yield waits until no important work runs, at most longest, or until ctx ends.
func (p *Priority) Yield(ctx context.Context, longest time.Duration) {
	p.mu.Lock()
	idle := p.idle
	p.mu.Unlock()
	if idle == nil {
		return
	}
	timeout := time.NewTimer(longest)
	defer timeout.Stop()
	select {
	case <-idle:
	case <-timeout.C:
	case <-ctx.Done():
	}
}
