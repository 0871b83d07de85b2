// Package datadir is the one directory a server keeps everything in. While a
// server runs it holds the directory's lock, so that a second one is refused by
// name; the operating system drops the lock with the process, however it ends.
// It never waits for the lock. A Dir belongs to the process that opened it.
package datadir

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"plectica/internal/fault"
)

// The files in it.
const (
	Database = "plectica.db"
	Pepper   = "pepper" // of passwords
	Seal     = "seal"   // of authenticators' secrets
	Blobs    = "blobs"  // contents
	Keys     = "keys"   // of archives
	ACME     = "acme"   // certificates of public authorities
	Audit    = "audit"  // by which the audit log is signed
	Line     = "line"   // which restore this goes on from
	LockFile = "lock"
	// Elsewhere is there when the rows are in a database beside the directory.
	Elsewhere = "database"
	// Restoring is there while an archive is being restored to the directory.
	Restoring = "restoring.json"
	// Restored is there from the end of a restore on, until what was restored is adopted.
	Restored = "restored"
	// lockBytes bounds what is read of a lock file.
	lockBytes = 4096
)

// Dir is a data directory.
type Dir struct {
	path string
	lock *os.File // nil without Lock
}

// Open creates the directory if need be, readable by its owner alone.
func Open(path string) (*Dir, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "find the data directory", err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return nil, fault.Wrap(fault.Internal, "create the data directory", err)
	}
	return &Dir{path: abs}, nil
}

// Existing opens a directory that a server has used before.
func Existing(path string) (*Dir, error) {
	_, err := os.Stat(filepath.Join(path, Database))
	if err != nil {
		_, err = os.Stat(filepath.Join(path, Elsewhere))
	}
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "there is no Plectica data in "+path, err)
	}
	return Open(path)
}

// Whole refuses, with fault.Conflict, a directory to which an archive is being restored.
func (d *Dir) Whole() error {
	if _, err := os.Stat(d.Path(Restoring)); err == nil {
		return fault.New(fault.Conflict, "a restore to "+d.path+" was begun and not ended: go on with plectica backup restore, or empty the directory")
	}
	return nil
}

// Path returns the path of a file in the directory.
func (d *Dir) Path(name string) string { return filepath.Join(d.path, name) }

// Lock makes this process the directory's server, or says which one is.
func (d *Dir) Lock() error {
	f, err := os.OpenFile(d.Path(LockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fault.Wrap(fault.Internal, "open the data directory's lock", err)
	}
	got, err := tryLock(f)
	if err != nil {
		_ = f.Close() // nothing was written
		return fault.Wrap(fault.Internal, "lock the data directory", err)
	}
	if !got {
		holder := readHolder(f)
		_ = f.Close() // nothing was written
		return fault.New(fault.Conflict, fmt.Sprintf("the data directory %s is in use by %s; stop that one first, or start this one with another --data", d.path, holder))
	}
	if err := writeHolder(f); err != nil {
		_ = f.Close() // the first error counts
		return fault.Wrap(fault.Internal, "write the data directory's lock", err)
	}
	d.lock = f
	return nil
}

// Unlock lets another process have the directory.
func (d *Dir) Unlock() error {
	if d.lock == nil {
		return nil
	}
	// The holder's name goes first: nobody may read a stale one from a free lock.
	err := d.lock.Truncate(0)
	if cerr := d.lock.Close(); err == nil {
		err = cerr
	}
	d.lock = nil
	return err
}

// writeHolder notes who holds the lock. Arguments beyond the subcommand stay out.
func writeHolder(f *os.File) error {
	command := filepath.Base(os.Args[0])
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		command += " " + os.Args[1]
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"+command+"\n"), 0)
	return err
}

// readHolder names the process that holds the lock.
func readHolder(f *os.File) string {
	b := make([]byte, lockBytes)
	n, _ := f.ReadAt(b, 0) // a short read is the normal case
	pid, command, _ := strings.Cut(string(b[:n]), "\n")
	command, _, _ = strings.Cut(command, "\n")
	if pid == "" || command == "" {
		return "another process"
	}
	return "process " + pid + " (" + command + ")"
}
