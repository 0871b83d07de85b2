package datadir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"plectica/internal/fault"
)

// WriteFile puts a file in the place of another in one step, durably: after a crash it is
// the old one or the new one, whole. Its folder has to be there.
func WriteFile(file string, text []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".new-*") // 0600
	if err == nil {
		defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
		_, err = f.Write(text)
		if err == nil {
			err = f.Chmod(mode)
		}
		if err == nil {
			err = f.Sync()
		}
		err = errors.Join(err, f.Close())
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err == nil {
		err = SyncDir(filepath.Dir(file))
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "write "+filepath.Base(file), err)
	}
	return nil
}

// SyncDir makes the names in a folder durable. Windows has no such thing, and keeps names
// by itself.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
