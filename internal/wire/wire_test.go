package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// samples has one frame of each kind, every field set.
func samples() []Frame {
	ops := []sysmap.Op{{Kind: sysmap.OpSplice, ID: id.Object{1}, Field: sysmap.Title, Pos: 3, Del: 2, Ins: "é"}}
	p := Presence{HasCursor: true, X: -5, Y: 6, Selection: []id.Object{{1}, {2}}, Editing: id.Object{3}, View: [4]int32{1, 2, 3, 4}}
	return []Frame{
		&Hello{Proto: 1, Schema: 1, Map: id.Map{1}, Client: id.Client{2}, Nonce: id.Nonce{3}, LastSeq: 4, Epoch: 5, NextCSN: 6, Caps: 7},
		&Push{CSN: 1, BaseSeq: 2, Group: 3, Ops: ops},
		&p,
		&Ping{T: 1, HaveSeq: 2},
		&Welcome{Epoch: 1, Head: 2, From: 1, Role: 2, Author: 9, LastCSN: 3, MaxOps: 500, Cards: 50_000, URL: "/x"},
		&Commit{FromSeq: 7, Txns: []Txn{{Actor: id.Account{1}, Author: 2, CSN: 3, At: 4, Ops: ops}, {Ops: []sysmap.Op{}}}},
		&Nack{CSN: 1, Code: fault.Cycle, At: id.Object{4}},
		&Role{Role: 1}, &Resync{Reason: 2}, &Drain{AfterMS: 3, JitterMS: 4},
		&Presences{List: []Entry{{Author: 1, Name: "Ann", Presence: p}, {Author: 2, Gone: true}}},
		&Pong{T: 1, Head: 2, CRC: 3},
	}
}

// TestRoundTrip: every frame comes back as it went, several in one message too.
func TestRoundTrip(t *testing.T) {
	var all []byte
	for _, f := range samples() {
		all = Append(all, f)
	}
	r := varint.NewReader(all)
	for _, want := range samples() {
		got, err := Next(r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%T: -want +got\n%s", want, diff)
		}
	}
	if r.Len() != 0 {
		t.Errorf("%d bytes left", r.Len())
	}
}

// TestTruncated: no beginning of a frame passes for one.
func TestTruncated(t *testing.T) {
	for _, f := range samples() {
		b := Append(nil, f)
		for n := range b {
			if _, err := Next(varint.NewReader(b[:n])); err == nil {
				t.Errorf("%T: %d of %d bytes were taken for a frame", f, n, len(b))
			}
		}
	}
}

// FuzzFrames: any bytes give frames or an error, and a frame comes back as it went.
func FuzzFrames(f *testing.F) {
	for _, s := range samples() {
		f.Add(Append(nil, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := varint.NewReader(b)
		for r.Len() > 0 {
			frame, err := Next(r)
			if err != nil {
				return
			}
			again, err := Next(varint.NewReader(Append(nil, frame)))
			if err != nil {
				t.Fatalf("%T does not come back: %v", frame, err)
			}
			if diff := cmp.Diff(frame, again); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
