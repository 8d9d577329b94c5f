package embedded

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrInUse is the error of Open and OpenCopy if another process has the directory.
var ErrInUse = errors.New("another wiredesk is running")

// lockName is the lock file in the directory.
const lockName = "LOCK"

// lockDir locks dir until the returned file is closed or the process ends. Two brokers on one directory
// would destroy its log.
func lockDir(dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	if err = takeLock(lock, dir); err == nil {
		err = writeHolder(lock)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// takeLock locks dir's lock file.
func takeLock(lock *os.File, dir string) error {
	err := lockFile(lock)
	if errors.Is(err, errLocked) {
		holder, _ := io.ReadAll(io.LimitReader(lock, 100))
		return fmt.Errorf("%w on %s (%s)", ErrInUse, dir, holder)
	}
	if err != nil {
		return fmt.Errorf("locking %s: %w", dir, err)
	}
	return nil
}

// writeHolder writes our process id for diagnostics; exclusion itself is flock(2).
func writeHolder(lock *os.File) error {
	if err := lock.Truncate(0); err != nil {
		return fmt.Errorf("writing %s: %w", lock.Name(), err)
	}
	if _, err := fmt.Fprintf(lock, "process %d", os.Getpid()); err != nil {
		return fmt.Errorf("writing %s: %w", lock.Name(), err)
	}
	return nil
}
