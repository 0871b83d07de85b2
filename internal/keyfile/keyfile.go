// Package keyfile keeps secrets that must not lie in the database: a file with a line
// for each version, which only the server's user can read. A file is made once and
// never changed by the program; whoever wants a newer version adds a line. Keys are
// immutable and safe for concurrent use.
package keyfile

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"plectica/internal/fault"
)

const (
	// Bytes is the length of a key.
	Bytes = 32
	// maxFile bounds the file, in bytes.
	maxFile = 1 << 16
	// maxVersion bounds the versions: two bytes say which was used.
	maxVersion = 1<<16 - 1
)

// Keys are secrets by version; the highest is current.
type Keys struct {
	byVersion map[int][]byte
	current   int
}

// New returns keys that lie in no file; for tests.
func New(current int, byVersion map[int][]byte) Keys { return Keys{byVersion, current} }

// Current is the version that new secrets are made with.
func (k Keys) Current() int { return k.current }

// Key returns a version's key.
func (k Keys) Key(version int) ([]byte, bool) {
	key, ok := k.byVersion[version]
	return key, ok
}

// Load reads lines of "version hex", or makes the first one if it may. what names the
// file to people: the pepper, as in "the pepper file is damaged"; why says what is lost
// without it.
func Load(file, what, why string, mayMake bool) (Keys, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) && mayMake {
		return create(file, what)
	}
	if err != nil {
		return Keys{}, fault.Wrap(fault.Internal, "read the "+what+", without which "+why, err)
	}
	defer func() { _ = f.Close() }() // only read
	damaged := fault.New(fault.Internal, "the "+what+" file is damaged; restore it from a backup")
	k := Keys{byVersion: map[int][]byte{}}
	lines := bufio.NewScanner(io.LimitReader(f, maxFile))
	for lines.Scan() {
		version, text, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.Atoi(version)
		key, err2 := hex.DecodeString(text)
		if err != nil || err2 != nil || n < 1 || n > maxVersion || len(key) != Bytes {
			return Keys{}, damaged
		}
		k.byVersion[n] = key
		k.current = max(k.current, n)
	}
	if lines.Err() != nil || k.current == 0 {
		return Keys{}, damaged
	}
	return k, nil
}

// create writes the first key where only the server's user can read it.
func create(file, what string) (Keys, error) {
	wrap := func(err error) error { return fault.Wrap(fault.Internal, "write the "+what, err) }
	key := make([]byte, Bytes)
	rand.Read(key) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Keys{}, wrap(err)
	}
	_, err = fmt.Fprintf(f, "1 %x\n", key)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return Keys{}, wrap(err)
	}
	return Keys{byVersion: map[int][]byte{1: key}, current: 1}, nil
}
