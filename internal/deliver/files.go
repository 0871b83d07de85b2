package deliver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"plectica/internal/datadir"
	"plectica/internal/fault"
)

const (
	// fileForm is how the file of a day is called.
	fileForm = "audit-2006-01-02.jsonl"
	// tailBytes is how much of a file's end is read at once, to find where its last line ends.
	tailBytes = 64 << 10
)

// files are the files of a directory, a line for each record, one file for each day of the
// records in UTC. They only grow, and nothing deletes them.
type files struct {
	dir  string
	root *os.Root // the directory, while a file is open: no link in it leads out of it
	name string   // of the open file
	f    *os.File
	size int64 // of the open file, up to the end of its last line
}

func newFiles(d Destination) (*files, error) {
	if !filepath.IsAbs(d.Directory) {
		return nil, fault.New(fault.Invalid, "the directory of "+d.Name+" must begin at the root")
	}
	return &files{dir: d.Directory}, nil
}

// send implements sink. What is there when it returns is on disk; after an error nothing of
// what was written to the last file is left.
func (w *files) send(_ context.Context, p *parcel) error {
	for rest := p.items; len(rest) > 0; {
		name := nameAt(rest[0].at)
		n := 0
		var lines []byte
		for n < len(rest) && nameAt(rest[n].at) == name {
			lines = append(append(lines, rest[n].json...), '\n')
			n++
		}
		if err := w.write(name, lines); err != nil {
			w.close()
			return diskFault(err)
		}
		rest = rest[n:]
	}
	return nil
}

func nameAt(ms int64) string { return time.UnixMilli(ms).UTC().Format(fileForm) }

func (w *files) write(name string, lines []byte) error {
	if err := w.open(name); err != nil {
		return err
	}
	_, err := w.f.WriteAt(lines, w.size)
	if err == nil {
		err = w.f.Sync()
	}
	if err != nil {
		return errors.Join(err, w.f.Truncate(w.size))
	}
	w.size += int64(len(lines))
	return nil
}

// open opens the file of a day, and takes half a line that a crash left away. One that was
// moved, or that somebody else wrote to, is opened anew. After an error close is called.
func (w *files) open(name string) error {
	if w.f != nil && w.name == name && w.still() {
		return nil
	}
	w.close()
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(w.dir)
	if err != nil {
		return err
	}
	w.root, w.name = root, name
	if w.f, err = root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if w.size, err = mend(w.f); err != nil {
		return err
	}
	return datadir.SyncDir(w.dir)
}

// still reports whether the open file is the one that has its name, as long as we left it.
func (w *files) still() bool {
	here, err := w.f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(filepath.Join(w.dir, w.name)) // by its whole name: the directory may be another
	return err == nil && os.SameFile(here, there) && there.Size() == w.size
}

// close closes the open file. What was written is on disk already.
func (w *files) close() {
	if w.f != nil {
		_ = w.f.Close()
	}
	if w.root != nil {
		_ = w.root.Close()
	}
	w.f, w.root = nil, nil
}

// mend cuts a file after its last whole line, and returns how long it is then, in bytes.
func mend(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fault.New(fault.Invalid, "where a file of records should be is something else")
	}
	end := info.Size()
	for end > 0 {
		from := max(0, end-tailBytes)
		tail := make([]byte, end-from)
		if _, err := f.ReadAt(tail, from); err != nil && err != io.EOF {
			return 0, err
		}
		if i := bytes.LastIndexByte(tail, '\n'); i >= 0 {
			end = from + int64(i) + 1
			break
		}
		end = from
	}
	if end == info.Size() {
		return end, nil
	}
	return end, f.Truncate(end)
}

// diskFault gives what a disk reports a kind and a sentence.
func diskFault(err error) error {
	var f *fault.Error
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return fault.Wrap(fault.Limit, "the disk for the files of records is full", err)
	case errors.Is(err, os.ErrPermission):
		return fault.Wrap(fault.Permission, "the server may not write the files of records", err)
	}
	return fault.Wrap(fault.Busy, "the files of records cannot be written", err)
}
