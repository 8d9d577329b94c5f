//go:build !linux

package sqlstore

import (
	"context"
	"errors"
)

// watchDirectory fails: kqueue opens and closes the files, which would release SQLite's locks on them.
func watchDirectory(context.Context, string) (<-chan struct{}, error) {
	return nil, errors.ErrUnsupported
}
