package varint

import (
	"math"
	"testing"
)

// TestNumbers: every number comes back, in one form only.
func TestNumbers(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 63, 64, -65, math.MaxInt32, math.MinInt64, math.MaxInt64} {
		r := NewReader(Int(nil, v))
		if got := r.Int(); got != v || r.Done() != nil {
			t.Errorf("%d comes back as %d, %v", v, got, r.Err())
		}
	}
	for _, bad := range [][]byte{{}, {0x80}, {0x80, 0x00}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}} {
		if r := NewReader(bad); r.Uint() != 0 || r.OK() {
			t.Errorf("% x was taken for a number", bad)
		}
	}
}

// TestBounds: nothing longer than allowed, or than the input, is read.
func TestBounds(t *testing.T) {
	s := String(nil, "twelve bytes")
	if r := NewReader(s); r.String(11) != "" || r.OK() {
		t.Error("a string beyond its limit was read")
	}
	if r := NewReader(String(nil, "\xff")); r.String(9) != "" || r.OK() {
		t.Error("invalid UTF-8 was read")
	}
	if r := NewReader(Uint(nil, 1<<40)); r.Count(1<<50) != 0 || r.OK() {
		t.Error("a count beyond the input was believed")
	}
	r := NewReader([]byte{2})
	if r.Bool() || r.OK() || r.Byte() != 0 || r.Len() != 0 {
		t.Error("a failed reader goes on")
	}
}
