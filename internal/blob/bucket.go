package blob

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"plectica/internal/fault"
)

const (
	// MaxKey bounds a key in bytes. Object stores allow 1024, of which a prefix has the rest.
	MaxKey = 512
	// MaxSegment bounds what stands between two slashes, in bytes: it may be a file's name.
	MaxSegment = 128
	// MaxList bounds how many objects are listed at once.
	MaxList = 1000
	// MaxLock bounds how far ahead a lock may end: nobody could undo a mistake.
	MaxLock = 10 * 366 * 24 * time.Hour
)

// Info is what is known of an object without its bytes.
type Info struct {
	Key  string
	Size int64 // bytes
	At   int64 // when it was made, milliseconds since 1970
}

// Object is an object being read. It ends with io.EOF only after Size bytes, and with an
// error when its context ends. Like any body it is read by one goroutine, and closed.
type Object interface {
	io.ReadCloser
	Size() int64
}

// CreateOptions says what is asked for beside the bytes.
type CreateOptions struct {
	// LockUntil is before when nobody may delete the object, whoever asks and with
	// whatever rights; zero is no lock. It says nothing where Bucket.Locks is false.
	LockUntil time.Time
}

// Bucket keeps objects by name, made once and never changed: snapshots, archives, segments
// of logs. It does not look into them: who must know that a content is what it was puts a
// hash into the key or the content.
//
// A key of which another one is the beginning up to a slash is not to be used: folders
// cannot hold both, and answer with fault.Conflict.
//
// Beside the kinds named below, every method returns fault.Invalid for what CheckKey,
// CheckList and CreateOptions.Check refuse, fault.Permission where the place does not let
// us, fault.Busy where it cannot be reached or not now, and fault.Internal otherwise. Only
// what is Busy or Lost is worth trying again as it is; a driver tries nothing twice. Each
// call ends soon after its context, with an error in which errors.Is finds the context's.
type Bucket interface {
	// Create makes an object, durable and whole when the error is nil. The bytes are never
	// held at once, and r is not read after the return; its error comes back as it is. A
	// key that is there is refused with fault.Conflict, and of several who write one key
	// at once one wins. Where there is no more room, the kind is fault.Limit.
	//
	// After an error the object is not there by this call, with one exception: after
	// fault.Lost it may be there, whole, or appear yet. Who is told that asks Stat; who
	// tries again and is told fault.Conflict may have been the one who made it.
	Create(ctx context.Context, key string, r io.Reader, o CreateOptions) (Info, error)
	// Open returns an object, to be read while ctx lasts, or fault.NotFound.
	Open(ctx context.Context, key string) (Object, error)
	// Stat says what is known of an object, or returns fault.NotFound.
	Stat(ctx context.Context, key string) (Info, error)
	// Delete takes an object away; one that is not there is no error. One that is locked
	// stays, with fault.Permission. After fault.Lost it may be gone.
	Delete(ctx context.Context, key string) error
	// List returns the objects whose keys begin with prefix and come after a key, in the
	// order of their bytes: at most limit, which is 1 to MaxList. None is the end.
	List(ctx context.Context, prefix, after string, limit int) ([]Info, error)
	// Locks reports whether CreateOptions.LockUntil is asked of the place. Check shows
	// whether it keeps to it.
	Locks() bool
}

// Cleaner is a bucket that can take away what a crash left half written, and no list shows.
type Cleaner interface {
	Clean(ctx context.Context) error
}

// CheckKey refuses, with fault.Invalid, what is no key: up to MaxKey bytes, in segments of
// a to z, 0 to 9, and . - _ with slashes between them. No segment is empty, longer than
// MaxSegment, begins or ends with a dot, or is a device on Windows.
func CheckKey(key string) error {
	if len(key) > MaxKey {
		return fault.New(fault.Invalid, "a key is too long")
	}
	for s := range strings.SplitSeq(key, "/") {
		if err := checkSegment(s); err != nil {
			return err
		}
	}
	return nil
}

func checkSegment(s string) error {
	switch {
	case s == "":
		return fault.New(fault.Invalid, "a key has an empty part")
	case len(s) > MaxSegment:
		return fault.New(fault.Invalid, "a key has a part that is too long")
	case strings.ContainsFunc(s, notOfKeys):
		return fault.New(fault.Invalid, "a key has a wrong character")
	case s[0] == '.' || s[len(s)-1] == '.':
		return fault.New(fault.Invalid, "a key has a dot where none may be")
	case isDevice(s):
		return fault.New(fault.Invalid, "a key has a part that is a device on some systems")
	}
	return nil
}

func notOfKeys(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != '_'
}

// isDevice reports whether Windows would open a device of that name.
func isDevice(s string) bool {
	name, _, _ := strings.Cut(s, ".")
	if len(name) == 4 && name[3] >= '0' && name[3] <= '9' {
		return name[:3] == "com" || name[:3] == "lpt"
	}
	return slices.Contains([]string{"con", "prn", "aux", "nul"}, name)
}

// CheckList refuses, with fault.Invalid, what List cannot be asked.
func CheckList(prefix, after string, limit int) error {
	if limit < 1 || limit > MaxList {
		return fault.New(fault.Invalid, "a list has a wrong length")
	}
	if after != "" {
		if err := CheckKey(after); err != nil {
			return err
		}
	}
	// What makes a prefix a key is what can still follow.
	if prefix == "" || CheckKey(prefix+"x") == nil || CheckKey(prefix) == nil {
		return nil
	}
	return fault.New(fault.Invalid, "no key begins like that")
}

// Check refuses, with fault.Invalid, a lock that has ended or ends too late.
func (o CreateOptions) Check(now time.Time) error {
	if o.LockUntil.IsZero() {
		return nil
	}
	if left := o.LockUntil.Sub(now); left <= 0 || left > MaxLock {
		return fault.New(fault.Invalid, "a lock has a wrong end")
	}
	return nil
}
