package datadir

import (
	"math"

	"golang.org/x/sys/windows"

	"plectica/internal/fault"
)

// Free returns how many bytes the disk of a directory has left for us.
func Free(path string) (int64, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, fault.Wrap(fault.Internal, "ask how much the disk has left", err)
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, fault.Wrap(fault.Internal, "ask how much the disk has left", err)
	}
	return int64(min(free, math.MaxInt64)), nil
}
