//go:build unix

package datadir

import (
	"golang.org/x/sys/unix"

	"plectica/internal/fault"
)

// Free returns how many bytes the disk of a directory has left for us.
func Free(path string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, fault.Wrap(fault.Internal, "ask how much the disk has left", err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
