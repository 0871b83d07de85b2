package torture

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"plectica/internal/fault"
)

// mountSmall puts a disk of so many bytes at a folder.
func mountSmall(dir string, size int) error {
	err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("size=%d,mode=700", size))
	if err != nil {
		return fault.Wrap(fault.Permission, "mount a small disk", err)
	}
	return nil
}

// unmount takes it away, also from under a process that still ends.
func unmount(dir string) error {
	if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
		return fault.Wrap(fault.Internal, "unmount the small disk", err)
	}
	return nil
}

func isFull(err error) bool { return errors.Is(err, unix.ENOSPC) }
