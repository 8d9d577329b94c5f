// Package web holds the built dashboard (web/dist) inside the binary. It never imports
// another package of this module and knows nothing of HTTP.
//
// A checkout where the dashboard was never built has only dist/.keep: the package still
// compiles, and the caller finds no index.html.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist returns the built dashboard with index.html at its root. The files are read-only.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("web: dist is not embedded: " + err.Error()) // only a malformed path literal gets here
	}
	return sub
}
