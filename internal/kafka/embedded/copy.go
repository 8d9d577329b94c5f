package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// IsWriteProtected reports whether an error of Open means that the directory is not writable: a read-only
// mount, or the directory of another user.
func IsWriteProtected(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// OpenCopy starts a broker on a copy of the log in cfg.Dir, which is not changed. Close removes the copy.
// It fails with ErrInUse if another process has the directory.
func OpenCopy(cfg Config) (b *Broker, err error) {
	lock, err := lockForReading(cfg.Dir)
	if err != nil {
		return nil, err
	}
	if lock != nil {
		defer lock.Close()
	}
	dir, err := os.MkdirTemp("", "wiredesk-kafka-")
	if err != nil {
		return nil, fmt.Errorf("copying the embedded Kafka's log: %w", err)
	}
	if err = os.CopyFS(filepath.Join(dir, "embedded"), os.DirFS(filepath.Join(cfg.Dir, "embedded"))); err != nil {
		err = fmt.Errorf("copying the embedded Kafka's log: %w", err)
	} else {
		cfg.Dir = dir
		b, err = Open(cfg)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	b.copied = dir
	return b, nil
}

// lockForReading locks dir like lockDir without changing its files. It returns nil if dir has no lock
// file: no broker was opened there.
func lockForReading(dir string) (*os.File, error) {
	lock, err := os.Open(filepath.Join(dir, lockName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	if err := takeLock(lock, dir); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}
