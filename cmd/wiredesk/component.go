package main

import (
	"context"
	"fmt"
)

// component is a goroutine that runs until it is stopped.
type component struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// start runs run, which blocks until its context ends, in a goroutine. If run returns an error, failed gets it with the
// component's name.
func start(name string, run func(context.Context) error, failed func(error)) *component {
	ctx, cancel := context.WithCancel(context.Background())
	c := &component{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		if err := run(ctx); err != nil {
			failed(fmt.Errorf("%s: %w", name, err))
		}
	}()
	return c
}

// stop ends the component and waits until it has ended.
func (c *component) stop() {
	c.cancel()
	<-c.done
}
