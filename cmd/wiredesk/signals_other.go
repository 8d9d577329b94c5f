//go:build !unix

package main

import "os"

// debugSignals returns nil: there is no such signal here.
func debugSignals() <-chan os.Signal { return nil }
