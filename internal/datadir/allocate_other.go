//go:build !linux

package datadir

import (
	"errors"
	"os"
)

// allocate does what only another system can.
func allocate(*os.File, int64) error { return errors.ErrUnsupported }
