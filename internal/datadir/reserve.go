package datadir

import (
	"crypto/rand"
	"errors"
	"io"
	"os"
	"sync"

	"plectica/internal/fault"
)

const (
	// ReserveBytes is what is held of the disk, so that whoever runs the server can still sign
	// in and make room.
	ReserveBytes = 64 << 20
	// lowBytes is how little is left when what was held is let go, enoughBytes how much must
	// be left besides before it is held again.
	lowBytes    = 16 << 20
	enoughBytes = 64 << 20
)

// Reserve holds some room of the disk that a directory is on, until nothing else is left.
// It is safe for concurrent use.
type Reserve struct {
	path string
	free func(path string) (int64, error)

	mu   sync.Mutex
	held bool
	low  bool
}

// Reserve returns the directory's. It holds nothing until the first Look, and nothing of a
// disk that is too small.
func (d *Dir) Reserve() *Reserve {
	r := &Reserve{path: d.Path("reserve"), free: func(string) (int64, error) { return Free(d.path) }}
	if info, err := os.Stat(r.path); err == nil {
		r.held, r.low = info.Size() == ReserveBytes, info.Size() == 0
	}
	return r
}

// Low reports whether the disk is full but for what was held: only who can make room may
// use it.
func (r *Reserve) Low() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.low
}

// Look lets go of what is held when nothing else is left, and holds it again when there is
// enough. It is to be called every second or so.
func (r *Reserve) Look() error {
	left, err := r.free(r.path)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.held && left < lowBytes:
		r.held, r.low = false, true
		// Empty, it says after a restart that it was let go.
		if err := os.Truncate(r.path, 0); err != nil {
			return fault.Wrap(fault.Internal, "let go of the last room of the disk", err)
		}
	case !r.held && left >= ReserveBytes+enoughBytes:
		if err := r.hold(); err != nil {
			return err
		}
		r.held, r.low = true, false
	}
	return nil
}

// hold takes the room: at once where the system can, else by writing what no file system
// makes smaller.
func (r *Reserve) hold() error {
	f, err := os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err == nil {
		if allocate(f, ReserveBytes) != nil {
			_, err = io.CopyN(f, rand.Reader, ReserveBytes)
		}
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "hold the last room of the disk", errors.Join(err, os.Remove(r.path)))
	}
	return nil
}
