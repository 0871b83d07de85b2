// Package blob is the contract of every place that keeps files' contents: bytes
// under their SHA-256, made once and never changed. It holds no driver. Package
// blobtest is the contract as a test suite; every driver passes it. A store knows
// nothing of maps, names or types: who may read what is decided above it. All
// methods are safe for concurrent use.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"plectica/internal/fault"
)

// Hash is the SHA-256 of a content, and its name.
type Hash [sha256.Size]byte

// String returns the text form, 64 hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Parse reads the text form back. The error has kind fault.Invalid.
func Parse(s string) (Hash, error) {
	var h Hash
	if len(s) != hex.EncodedLen(len(h)) {
		return Hash{}, fault.New(fault.Invalid, "a hash has the wrong length")
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil || h.String() != s {
		return Hash{}, fault.New(fault.Invalid, "a hash has a wrong character")
	}
	return h, nil
}

// Content is a content being read, checked before its first byte is handed out.
type Content interface {
	io.ReadSeekCloser
	Size() int64
}

// Entry is one content in a list.
type Entry struct {
	Hash Hash
	At   int64 // when it was put here, milliseconds since 1970
}

// Store keeps contents.
type Store interface {
	// Put makes a content durable and returns its name and length. One that is there
	// already is left as it is, unless it is damaged: then it is made whole. More than
	// most bytes are refused with fault.Limit; an error of r comes back as it is. After
	// an error nothing is kept.
	Put(ctx context.Context, r io.Reader, most int64) (Hash, int64, error)
	// Open returns a content. It returns fault.NotFound for one that is not here, and
	// fault.Internal for one that is not what its name says: no byte of that is handed out.
	Open(ctx context.Context, h Hash) (Content, error)
	// Delete takes a content away; one that is not here is no error.
	Delete(ctx context.Context, h Hash) error
	// List returns at most limit contents after a hash, in order.
	List(ctx context.Context, after Hash, limit int) ([]Entry, error)
}

// Damaged returns what Open says of a content that is not what its name says.
func Damaged(h Hash) error {
	return fault.New(fault.Internal, "the content "+h.String()+" is damaged")
}
