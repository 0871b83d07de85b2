//go:build !linux

package torture

import "plectica/internal/fault"

func mountSmall(string, int) error {
	return fault.New(fault.NotFound, "small disks are made on Linux only")
}

func unmount(string) error { return nil }

func isFull(error) bool { return false }
