package kafka

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrInUse is what OpenEmbedded fails with when another process has the directory.
var ErrInUse = errors.New("another wiredesk is running")

// lockDir takes dir for this process until the returned file is closed, by this
// process or by its death. Two brokers on one directory would destroy its log.
func lockDir(dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	err = lockFile(lock)
	if errors.Is(err, errLocked) {
		holder, _ := io.ReadAll(io.LimitReader(lock, 100))
		err = fmt.Errorf("%w on %s (%s)", ErrInUse, dir, holder)
	} else if err != nil {
		err = fmt.Errorf("locking %s: %w", dir, err)
	}
	if err == nil {
		err = writeHolder(lock)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// writeHolder leaves a word for whoever comes next; the lock itself is the kernel's.
func writeHolder(lock *os.File) error {
	if err := lock.Truncate(0); err != nil {
		return fmt.Errorf("writing %s: %w", lock.Name(), err)
	}
	if _, err := fmt.Fprintf(lock, "process %d", os.Getpid()); err != nil {
		return fmt.Errorf("writing %s: %w", lock.Name(), err)
	}
	return nil
}
