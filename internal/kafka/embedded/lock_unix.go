//go:build !windows

package embedded

import (
	"os"
	"syscall"
)

// errLocked is the error of lockFile if another process has the lock.
var errLocked error = syscall.EWOULDBLOCK

func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
