package varint

import (
	"bytes"
	"testing"

	"plectica/internal/id"
)

// FuzzReader: whatever the bytes are and whatever is read of them, the reader stays
// inside them, a failed one stays failed and gives zeros, and what was read well
// has one form.
func FuzzReader(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7}, String(Int(Uint(nil, 300), -5), "é"))
	f.Fuzz(func(t *testing.T, how, b []byte) {
		r := NewReader(b)
		for _, h := range how {
			failed, left, again := !r.OK(), r.Len(), []byte(nil)
			zero := true
			switch h % 8 {
			case 0:
				v := r.Uint()
				again, zero = Uint(nil, v), v == 0
			case 1:
				v := r.Int()
				again, zero = Int(nil, v), v == 0
			case 2:
				v := r.Bool()
				again, zero = Bool(nil, v), !v
			case 3:
				v := r.String(int(h))
				again, zero = String(nil, v), v == ""
			case 4:
				v := r.Bytes(int(h))
				again, zero = Bytes(nil, v), len(v) == 0
			case 5:
				v := ReadID[id.Map](r)
				again, zero = ID(nil, v), id.IsZero(v)
			case 6:
				v := r.Int32()
				again, zero = Int(nil, int64(v)), v == 0
			default:
				if n := r.Count(int(h)); n > int(h) || n > r.Len() {
					t.Fatalf("a count of %d with %d bytes left, at most %d", n, r.Len(), h)
				}
			}
			if r.Len() > left || failed && (!zero || r.OK() || r.Len() != 0) || !r.OK() && r.Err() == nil {
				t.Fatalf("read %d: %d bytes left of %d, failed before: %v, now: %v", h%8, r.Len(), left, failed, !r.OK())
			}
			if used := b[len(b)-left : len(b)-r.Len()]; r.OK() && again != nil && !bytes.Equal(used, again) {
				t.Fatalf("read %d: % x is % x again", h%8, used, again)
			}
		}
	})
}
