//go:build !linux && !windows

package dir

import "errors"

// renameNew is not to be had here.
func renameNew(string, string) error { return errors.ErrUnsupported }
