//go:build unix

package main

import (
	"math"
	"syscall"
)

// openFilesLimit returns the process's limit of file descriptors. Go's runtime has raised the soft limit to the hard
// one.
func openFilesLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return math.MaxInt
	}
	return int(min(uint64(limit.Cur), math.MaxInt))
}
