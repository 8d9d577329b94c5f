package main

import (
	"context"
	"fmt"
)

// part is something that runs until it is stopped.
type part struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// start runs what blocks. failed is called when it ends with an error.
func start(name string, run func(context.Context) error, failed func(error)) *part {
	ctx, cancel := context.WithCancel(context.Background())
	p := &part{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		if err := run(ctx); err != nil {
			failed(fmt.Errorf("%s: %w", name, err))
		}
	}()
	return p
}

// stop ends the part and waits until it has ended.
func (p *part) stop() {
	p.cancel()
	<-p.done
}
