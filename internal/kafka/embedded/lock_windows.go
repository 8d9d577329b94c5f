package embedded

import (
	"os"

	"golang.org/x/sys/windows"
)

// errLocked is the error of lockFile if another process has the lock.
var errLocked error = windows.ERROR_LOCK_VIOLATION

// lockFile locks a byte far after the content, so that other processes can read the content.
func lockFile(f *os.File) error {
	at := windows.Overlapped{Offset: 1 << 30}
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
}
