package datadir

import (
	"os"

	"golang.org/x/sys/unix"
)

// allocate takes room for a file, as file systems of this system can.
func allocate(f *os.File, bytes int64) error {
	return unix.Fallocate(int(f.Fd()), 0, 0, bytes)
}
