package sqlstore

import (
	"context"
	"fmt"

	"github.com/fsnotify/fsnotify"
)

// watchDirectory returns a channel that receives after each write to a file in dir, until ctx is cancelled.
// inotify opens no file: to close another descriptor of the database would release SQLite's locks on it.
func watchDirectory(ctx context.Context, dir string) (<-chan struct{}, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching %s: %w", dir, err)
	}
	if err := w.Add(dir); err != nil {
		w.Close()
		return nil, fmt.Errorf("watching %s: %w", dir, err)
	}
	writes := make(chan struct{})
	go func() {
		defer w.Close()
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.Events:
			case <-w.Errors: // reports were lost
			}
			select {
			case <-ctx.Done():
				return
			case writes <- struct{}{}:
			}
		}
	}()
	return writes, nil
}
