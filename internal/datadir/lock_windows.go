package datadir

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockOffset is past the holder's name, which must stay readable.
const lockOffset = 1 << 20

// tryLock reports whether the lock was free.
func tryLock(f *os.File) (bool, error) {
	at := &windows.Overlapped{Offset: lockOffset}
	err := windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
