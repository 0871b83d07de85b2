package proof

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// reference is a log as others wrote one.
type reference struct{ hashes []tlog.Hash }

func (r *reference) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, k := range at {
		out[i] = r.hashes[k]
	}
	return out, nil
}

func record(n uint64) []byte { return binary.AppendUvarint([]byte("record "), n) }

func newReference(tb rapid.TB, n uint64) *reference {
	r := &reference{}
	for i := range n {
		more, err := tlog.StoredHashes(int64(i), record(i), r)
		if err != nil {
			tb.Fatal(err)
		}
		r.hashes = append(r.hashes, more...)
	}
	return r
}

func (r *reference) root(tb rapid.TB, n uint64) Hash {
	h, err := tlog.TreeHash(int64(n), r)
	if err != nil {
		tb.Fatal(err)
	}
	return Hash(h)
}

func path(list []tlog.Hash) []Hash {
	out := make([]Hash, len(list))
	for i, h := range list {
		out[i] = Hash(h)
	}
	return out
}

// maxLog bounds the logs of these tests: every shape of tree there is comes up to here.
const maxLog = 300

// TestIncluded: what others prove is believed, and nothing that was altered.
func TestIncluded(t *testing.T) {
	ref := newReference(t, maxLog)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Uint64Range(1, maxLog).Draw(t, "size")
		at := rapid.Uint64Range(0, size-1).Draw(t, "at")
		list, err := tlog.ProveRecord(int64(size), int64(at), ref)
		if err != nil {
			t.Fatal(err)
		}
		p, root, h := path(list), ref.root(t, size), RecordHash(record(at))
		if err := Included(h, at, size, root, p); err != nil {
			t.Fatalf("%d of %d: %v", at, size, err)
		}
		other := rapid.Uint64Range(0, maxLog).Draw(t, "other")
		if other != at && Included(h, other, size, root, p) == nil {
			t.Errorf("%d of %d passes for %d", at, size, other)
		}
		if Included(RecordHash([]byte("another")), at, size, root, p) == nil {
			t.Error("another record passes")
		}
		alteredFails(t, p, func(p []Hash) error { return Included(h, at, size, root, p) })
	})
}

// alteredFails checks that a path which is altered proves nothing.
func alteredFails(t *rapid.T, p []Hash, check func([]Hash) error) {
	if check(append(append([]Hash(nil), p...), Hash{})) == nil {
		t.Error("a longer path passes")
	}
	if len(p) == 0 {
		return
	}
	if check(p[:len(p)-1]) == nil {
		t.Error("a shorter path passes")
	}
	q := append([]Hash(nil), p...)
	q[rapid.IntRange(0, len(q)-1).Draw(t, "hash")][rapid.IntRange(0, HashSize-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	if check(q) == nil {
		t.Error("an altered path passes")
	}
}

// TestConsistent: what others prove is believed, and nothing that was altered.
func TestConsistent(t *testing.T) {
	ref := newReference(t, maxLog)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Uint64Range(1, maxLog).Draw(t, "size")
		was := rapid.Uint64Range(1, size).Draw(t, "was")
		list, err := tlog.ProveTree(int64(size), int64(was), ref)
		if err != nil {
			t.Fatal(err)
		}
		p, before, root := path(list), ref.root(t, was), ref.root(t, size)
		if err := Consistent(was, before, size, root, p); err != nil {
			t.Fatalf("%d before %d: %v", was, size, err)
		}
		if Consistent(was, Hash{1}, size, root, p) == nil || Consistent(was, before, size, Hash{1}, p) == nil {
			t.Error("another root passes")
		}
		if was < size {
			if Consistent(size, root, was, before, p) == nil {
				t.Error("a log that shrank passes")
			}
			alteredFails(t, p, func(p []Hash) error { return Consistent(was, before, size, root, p) })
		}
	})
	var none Tree
	if err := Consistent(0, none.Root(), 9, ref.root(t, 9), nil); err != nil {
		t.Errorf("the empty log before another: %v", err)
	}
	if Consistent(0, Hash{}, 9, ref.root(t, 9), nil) == nil {
		t.Error("an empty log with another root passes")
	}
}

// TestTree: its roots are those of others.
func TestTree(t *testing.T) {
	ref := newReference(t, maxLog)
	var tree Tree
	for n := uint64(0); ; n++ {
		if n > 0 && tree.Root() != ref.root(t, n) || tree.Size() != n {
			t.Fatalf("the root of %d", n)
		}
		if n == maxLog {
			return
		}
		tree.Add(record(n))
	}
}

// signed is a checkpoint that others signed.
func signed(tb testing.TB, name string, size uint64, root Hash) (text []byte, key string) {
	tb.Helper()
	private, public, err := note.GenerateKey(randReader{rand.NewPCG(1, 2)}, name)
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		tb.Fatal(err)
	}
	body := fmt.Sprintf("%s\n%d\n%s\n", name, size, tlog.Hash(root).String())
	if text, err = note.Sign(&note.Note{Text: body}, signer); err != nil {
		tb.Fatal(err)
	}
	return text, public
}

// randReader gives the same bytes each time.
type randReader struct{ *rand.PCG }

// Read implements io.Reader.
func (r randReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r.Uint64())
	}
	return len(p), nil
}

// TestCheckpoint: what others signed is read, and nothing of it can be altered.
func TestCheckpoint(t *testing.T) {
	text, public := signed(t, "log.example.org/audit", 77, Hash{1, 2})
	key, err := ParseKey(public)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(text, key)
	if err != nil || c.Origin != "log.example.org/audit" || c.Size != 77 || c.Root != (Hash{1, 2}) {
		t.Fatalf("%v, %v", c, err)
	}
	for i := range text {
		for bit := range 8 {
			other := bytes.Clone(text)
			other[i] ^= 1 << bit
			if got, err := Open(other, key); err == nil && got != c {
				t.Fatalf("byte %d, bit %d: %v passes", i, bit, got)
			}
		}
	}
	for cut := range text {
		if _, err := Open(text[:cut], key); err == nil {
			t.Fatalf("the first %d bytes pass", cut)
		}
	}
	other, _ := signed(t, "log.example.org/other", 77, Hash{1, 2})
	if _, err := Open(other, key); err == nil {
		t.Error("another log's checkpoint passes")
	}
}

func TestKeys(t *testing.T) {
	_, public := signed(t, "log.example.org", 1, Hash{})
	for _, bad := range []string{"", "a", "a+b", "a+b+c", public[1:], public[:len(public)-4], "other" + public, public + "AAAA"} {
		if _, err := ParseKey(bad); err == nil {
			t.Errorf("%q is a key", bad)
		}
	}
}

func FuzzOpen(f *testing.F) {
	text, public := signed(f, "log", 3, Hash{3})
	key, err := ParseKey(public)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("log\n1\nAAAA\n\n— log AAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := Open(b, key); err == nil && (c.Size != 3 || c.Root != (Hash{3})) {
			t.Errorf("%v was never signed", c)
		}
	})
}

func BenchmarkTree(b *testing.B) {
	line := bytes.Repeat([]byte("x"), 300)
	var tree Tree
	for b.Loop() {
		tree.Add(line)
	}
	_ = tree.Root()
}
