// Package varint reads and writes the numbers, identifiers and strings that
// frames, ops and snapshots are made of. A Reader never panics and never reads
// past its end: after the first bad byte it stays failed and returns zeros. It
// uses no reflection and holds no state beyond its slice; a Reader belongs to
// one goroutine.
package varint

import (
	"unicode/utf8"

	"plectica/internal/fault"
	"plectica/internal/id"
)

// maxBytes is the longest encoding of a 64-bit number in bytes.
const maxBytes = 10

// Uint appends v.
func Uint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// Int appends v, small magnitudes short.
func Int(b []byte, v int64) []byte { return Uint(b, uint64(v)<<1^uint64(v>>63)) }

// Bool appends v as one byte.
func Bool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// String appends the length in bytes and the bytes.
func String(b []byte, s string) []byte { return append(Uint(b, uint64(len(s))), s...) }

// Bytes appends the length and the bytes.
func Bytes(b, s []byte) []byte { return append(Uint(b, uint64(len(s))), s...) }

// ID appends the 16 bytes of v.
func ID[T ~[id.Size]byte](b []byte, v T) []byte { return append(b, v[:]...) }

// Reader takes apart what the functions above wrote.
type Reader struct {
	b   []byte
	bad bool
}

// NewReader reads from b, which must not change meanwhile.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Len returns how many bytes are left.
func (r *Reader) Len() int { return len(r.b) }

// OK reports whether everything so far was well formed.
func (r *Reader) OK() bool { return !r.bad }

// Fail marks the input as malformed.
func (r *Reader) Fail() { r.bad, r.b = true, nil }

// Err returns nil, or an error of kind fault.Invalid once something was malformed.
func (r *Reader) Err() error {
	if r.bad {
		return fault.New(fault.Invalid, "malformed bytes")
	}
	return nil
}

// Done returns Err, or an error if bytes are left over.
func (r *Reader) Done() error {
	if !r.bad && len(r.b) > 0 {
		r.Fail()
	}
	return r.Err()
}

// Byte reads one byte.
func (r *Reader) Byte() byte {
	if len(r.b) == 0 {
		r.Fail()
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

// Bool reads one byte that must be 0 or 1.
func (r *Reader) Bool() bool {
	v := r.Byte()
	if v > 1 {
		r.Fail()
	}
	return v == 1
}

// Uint reads a number in its shortest form; any other form is malformed, so
// that equal values have equal bytes.
func (r *Reader) Uint() uint64 {
	var v uint64
	for i := 0; i < maxBytes && i < len(r.b); i++ {
		c := r.b[i]
		if i == maxBytes-1 && c > 1 {
			break
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			if c == 0 && i > 0 {
				break
			}
			r.b = r.b[i+1:]
			return v
		}
	}
	r.Fail()
	return 0
}

// Int reads what Int wrote.
func (r *Reader) Int() int64 {
	v := r.Uint()
	return int64(v>>1) ^ -int64(v&1)
}

// Int32 reads what Int wrote and fails outside the range of an int32.
func (r *Reader) Int32() int32 {
	v := r.Int()
	if int64(int32(v)) != v {
		r.Fail()
		return 0
	}
	return int32(v)
}

// Count reads a number of items and fails above max, or if fewer bytes are left
// than items, so that no allocation is larger than the input.
func (r *Reader) Count(max int) int {
	v := r.Uint()
	if v > uint64(max) || v > uint64(len(r.b)) {
		r.Fail()
		return 0
	}
	return int(v)
}

// String reads UTF-8 of at most max bytes; invalid UTF-8 is malformed.
func (r *Reader) String(max int) string {
	b := r.Bytes(max)
	if !utf8.Valid(b) {
		r.Fail()
		return ""
	}
	return string(b)
}

// Bytes reads at most max bytes. The result is part of the input, not a copy.
func (r *Reader) Bytes(max int) []byte {
	n := r.Count(max)
	if r.bad {
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

// Rest returns all that is left.
func (r *Reader) Rest() []byte {
	v := r.b
	r.b = nil
	return v
}

// ReadID reads a 16-byte identifier.
func ReadID[T ~[id.Size]byte](r *Reader) T {
	if len(r.b) < id.Size {
		r.Fail()
		return T{}
	}
	v := T(r.b[:id.Size])
	r.b = r.b[id.Size:]
	return v
}
