//go:build !unix

package main

import "math"

// openFilesLimit returns how many file descriptors the process may have: there is no such limit here.
func openFilesLimit() int { return math.MaxInt }
