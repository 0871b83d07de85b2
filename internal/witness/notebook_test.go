package witness

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"plectica/internal/fault"
	"plectica/internal/proof"
)

// kept is a witness's file with a few checkpoints, and who reads it.
func kept(t testing.TB, n int) (file []byte, r reader, first []int) {
	t.Helper()
	f := &forger{name: "log", now: func() time.Time { return time.Unix(1e9, 0) }}
	f.key = newForgerKey()
	key, _, err := f.sign("log\n1\n")
	must(t, err)
	log, err := proof.ParseKey(key)
	must(t, err)
	c := cosigner{"plectica-witness/x", newForgerKey()}
	own, err := c.key()
	must(t, err)
	for i := range n {
		body := fmt.Sprintf("log\n%d\n%s\nat %d\n", 10*i+3, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 1e12+i)
		_, text, err := f.sign(body)
		must(t, err)
		first = append(first, len(file))
		file = append(append(append(file, text...), c.line([]byte(body), time.Unix(int64(1e9+i), 0))...), '\n')
	}
	return file, reader{log, []proof.Key{own}}, append(first, len(file))
}

// TestKilledAtAnyByte: half a checkpoint at the end is cut off, wherever it ends, and the last
// whole one is the state; nothing before it goes.
func TestKilledAtAnyByte(t *testing.T) {
	file, r, first := kept(t, 3)
	for n := first[1]; n <= len(file); n++ {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, bookName), file[:n], 0o600))
		book, cut, err := openBook(dir, r)
		if err != nil {
			t.Fatalf("after %d bytes: %v", n, err)
		}
		whole := first[1]
		for _, at := range first {
			if at <= n {
				whole = at
			}
		}
		if cut != n-whole || book.size != int64(whole) || book.last.cosigned.Unix() < 1e9 {
			t.Fatalf("after %d bytes: cut %d, of %d, %v", n, cut, book.size, book.last)
		}
		// It goes on where it was.
		next, err := r.open(file[first[2] : first[3]-1])
		must(t, err)
		if book.last.Size < next.Size {
			must(t, book.add(next))
		}
		must(t, book.f.Close())
		if b, err := os.ReadFile(filepath.Join(dir, bookName)); err != nil || !bytes.HasPrefix(b, file[:whole]) || !bytes.HasSuffix(b, file[first[2]:]) {
			t.Fatalf("after %d bytes there is\n%s%v", n, b, err)
		}
	}
	// The file is there with its first checkpoint, or not at all.
	for n := range first[1] {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, bookName), file[:n], 0o600))
		if _, _, err := openBook(dir, r); !fault.Is(err, fault.Invalid) {
			t.Fatalf("%d bytes alone: %v", n, err)
		}
	}
}

// TestAlteredBook: no byte of what was kept can be altered, no checkpoint dropped from the
// beginning of the others, doubled or put elsewhere, without that it is found.
func TestAlteredBook(t *testing.T) {
	file, r, first := kept(t, 3)
	want, whole, err := r.read(file)
	if err != nil || whole != len(file) || want.Size != 23 {
		t.Fatalf("%v, %d, %v", want, whole, err)
	}
	for i := range file {
		most := 2 // by two bits; of what parts the file, in every way at its end
		if file[i] == '\n' {
			most = 8
		}
		if file[i] == '\n' && i >= first[2] {
			most = 255
		}
		for x := 1; x <= most; x++ {
			other := bytes.Clone(file)
			other[i] ^= byte(x)
			if got, _, err := r.read(other); err == nil {
				t.Fatalf("byte %d, by %x: %v passes", i, x, got)
			}
		}
	}
	part := func(i int) []byte { return file[first[i]:first[i+1]] }
	for name, b := range map[string][]byte{
		"reordered": bytes.Join([][]byte{part(1), part(0), part(2)}, nil),
		"doubled":   bytes.Join([][]byte{part(0), part(1), part(1), part(2)}, nil),
		"replayed":  bytes.Join([][]byte{part(0), part(1), part(2), part(0)}, nil),
		"a line":    append(bytes.Clone(file), "hello\n"...),
		"zeros":     append(bytes.Clone(file), make([]byte, 100)...),
		"much":      append(bytes.Clone(file), bytes.Repeat([]byte("x"), maxEntry)...),
	} {
		if got, _, err := r.read(b); err == nil {
			t.Errorf("%s: %v passes", name, got)
		}
	}
	// Nor is one believed that somebody else cosigned.
	eve := cosigners(keysOf(9))[0]
	body, _, _ := bytes.Cut(part(0), []byte("\n\n"))
	text := append(bytes.Clone(part(0)[:bytes.LastIndex(part(0), []byte("— "))]), eve.line(append(bytes.Clone(body), '\n'), time.Unix(1, 0))...)
	if got, err := r.open(text); err == nil {
		t.Errorf("%v passes", got)
	}
}

// TestFullBook: a file that is full is put aside whole, and the next begins with its last
// checkpoint; killed in between, neither is lost.
func TestFullBook(t *testing.T) {
	file, r, first := kept(t, 3)
	for _, killed := range []bool{false, true} {
		dir := t.TempDir()
		name := filepath.Join(dir, bookName)
		must(t, os.WriteFile(name, file[:first[2]], 0o600))
		if killed { // after the first step
			must(t, os.Link(name, name+"-13"))
		}
		book, _, err := openBook(dir, r)
		must(t, err)
		book.size += fullBook
		next, err := r.open(file[first[2] : first[3]-1])
		must(t, err)
		must(t, book.add(next))
		must(t, book.f.Close())
		aside, err := os.ReadFile(name + "-13")
		must(t, err)
		now, err := os.ReadFile(name)
		must(t, err)
		if !bytes.Equal(aside, file[:first[2]]) || !bytes.Equal(now, file[first[1]:]) {
			t.Errorf("aside\n%s\nnow\n%s", aside, now)
		}
		again, cut, err := openBook(dir, r)
		if err != nil || cut != 0 || again.last.Size != 23 {
			t.Errorf("%v, %d, %v", again, cut, err)
		}
		must(t, again.f.Close())
	}
}

// TestKilledAtTheFirst: what was half made when the first checkpoint was kept is made again; a
// key that was pinned stays so.
func TestKilledAtTheFirst(t *testing.T) {
	s, h := newStand(t)
	must(t, os.MkdirAll(filepath.Join(s.c.Dir, nextDir), 0o700))
	must(t, os.WriteFile(filepath.Join(s.c.Dir, nextDir, bookName), []byte("half"), 0o600))
	must(t, os.WriteFile(filepath.Join(s.c.Dir, logKey), []byte(h.Key()+"\n"), 0o600))
	if v := s.look(t); v.Kind != Grew || v.Pinned != "" {
		t.Fatalf("%v", v)
	}
	if v := s.look(t); v.Kind != Same || !v.OK() {
		t.Errorf("%v", v)
	}
	// Half a file of evidence is none.
	must(t, os.MkdirAll(filepath.Join(s.c.Dir, currentDir, evidenceDir), 0o700))
	must(t, os.WriteFile(filepath.Join(s.c.Dir, currentDir, evidenceDir, ".new-1"), []byte("half"), 0o600))
	if v := s.look(t); !v.OK() {
		t.Errorf("%v", v)
	}
}

// TestDiskFails: what cannot be kept is an error, is not said to be cosigned, and the file goes on
// where it was when it can be written again.
func TestDiskFails(t *testing.T) {
	file, r, first := kept(t, 3)
	dir := t.TempDir()
	name := filepath.Join(dir, bookName)
	must(t, os.WriteFile(name, file[:first[1]], 0o600))
	book, _, err := openBook(dir, r)
	must(t, err)
	next, err := r.open(file[first[1] : first[2]-1])
	must(t, err)
	good := book.f
	book.f, err = os.Open(name) // which cannot be written
	must(t, err)
	if err := book.add(next); err == nil || book.last.Size != 3 {
		t.Errorf("%v, %v", book.last, err)
	}
	must(t, book.f.Close())
	book.f = good
	_, err = good.WriteAt([]byte("half of another that failed, and is longer than the whole: "+string(file)), book.size)
	must(t, err)
	must(t, book.add(next))
	must(t, good.Close())
	if b, err := os.ReadFile(name); err != nil || !bytes.Equal(b, file[:first[2]]) {
		t.Errorf("%s, %v", b, err)
	}
}

// TestBookThatIsGone: what is kept is not forgotten by taking a file away.
func TestBookThatIsGone(t *testing.T) {
	for _, name := range []string{filepath.Join(currentDir, bookName), logKey, ownKey} {
		s, _ := newStand(t)
		s.look(t)
		must(t, os.Remove(filepath.Join(s.c.Dir, name)))
		if w, err := New(s.c); err == nil {
			t.Errorf("without %s: %v", name, w)
		}
	}
}

// FuzzBook: what is read of any bytes was signed by the log and the witness, and reading again
// what was found whole finds the same.
func FuzzBook(f *testing.F) {
	file, r, first := kept(f, 3)
	f.Add(file)
	f.Add(file[:first[2]+40])
	f.Add(file[first[1]:])
	f.Fuzz(func(t *testing.T, b []byte) {
		last, whole, err := r.read(b)
		if err != nil {
			return
		}
		if whole > 0 && !bytes.Contains(file, last.text) {
			t.Errorf("%q was never signed", last.text)
		}
		again, n, err := r.read(b[:whole])
		if err != nil || n != whole || again.Size != last.Size {
			t.Errorf("%d of %d: %v, %v", n, whole, again, err)
		}
		if list, err := proof.OpenAll(b[:whole], r.log, r.own[0]); whole > 0 && (err != nil || list[len(list)-1].Size != last.Size) {
			t.Errorf("others read %v, %v", list, err)
		}
	})
}
