//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// debugSignals returns the channel of the signals that switch debug lines on and off.
func debugSignals() <-chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	return c
}
