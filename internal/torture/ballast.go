package torture

import (
	"errors"
	"os"
	"path/filepath"

	"plectica/internal/fault"
)

// Sizes of the small disk, in bytes.
const (
	smallDisk   = 48 << 20
	ballastPart = 1 << 20
	blockSize   = 4 << 10
	ballastName = "ballast"
)

// fill takes all space that a disk has left.
func fill(dir string) (err error) {
	f, err := os.Create(filepath.Join(dir, ballastName))
	if err != nil {
		if isFull(err) {
			return nil
		}
		return fault.Wrap(fault.Internal, "make the ballast", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	part := make([]byte, ballastPart)
	for written := 0; written <= smallDisk; {
		n, err := f.Write(part)
		written += n
		switch {
		case err == nil:
		case !isFull(err):
			return fault.Wrap(fault.Internal, "write the ballast", err)
		case len(part) == blockSize:
			return nil
		default:
			part = part[:blockSize] // the last crumbs
		}
	}
	return fault.New(fault.Internal, "the small disk is not small")
}

// free gives it back.
func free(dir string) error {
	if err := os.Remove(filepath.Join(dir, ballastName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fault.Wrap(fault.Internal, "remove the ballast", err)
	}
	return nil
}
