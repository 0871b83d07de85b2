package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/store/sqlstore"
)

// filled is a world with a bit of everything, a trimmed log and a named version included.
func filled(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	old := w.addMap(1, 1500, 100)
	w.must(w.store.SetVersion(t.Context(), old.ID, store.Version{Seq: 700, Name: "named", By: id.Account{1}}))
	w.must(w.history.Pin(t.Context(), old.ID, 700))
	w.now = w.now.Add(100 * 24 * time.Hour)
	w.must(w.history.Trim(t.Context(), old.ID))
	old.Change(30, time.Second)
	w.addMap(2, 300, 3<<20)
	w.addMap(3, 1, 0)
	if _, err := w.store.Acquire(t.Context(), id.Map{9}, "test"); err != nil { // nothing was ever done in it
		t.Fatal(err)
	}
	return w
}

// TestRoundTrip: BK-1. What an archive is restored to is what it was made from, row by
// row, and folds to the same states.
func TestRoundTrip(t *testing.T) {
	w := filled(t)
	b, made := w.archive()
	got, finds, err := Verify(t.Context(), bytes.NewReader(b), w.identities(), 1)
	if err != nil || len(finds.List()) != 0 {
		t.Fatalf("%v, %v", err, finds.List())
	}
	if diff := cmp.Diff(made, got); diff != "" {
		t.Errorf("the manifest\n%s", diff)
	}
	if got.MapCount != 4 || got.OpCount != 331 || got.BlobCount != 2 {
		t.Errorf("%+v", got.Totals)
	}
	r := newRestored(t)
	if _, err := Restore(t.Context(), bytes.NewReader(b), w.identities(), r.target(), 1); err != nil {
		t.Fatal(err)
	}
	st := r.open(t)
	if diff := cmp.Diff(rows(t, w.store), rows(t, st)); diff != "" {
		t.Errorf("rows\n%.3000s", diff)
	}
	if diff := cmp.Diff(map[string]string{"pepper": "1 aa\n", "acme/x/y": "certificate"}, r.files); diff != "" {
		t.Errorf("files\n%s", diff)
	}
	wantSame(t, w, st, r)
}

// wantSame opens every map of a world in another store, and its named version.
func wantSame(t *testing.T, w *world, st *sqlstore.Store, r *restored) {
	t.Helper()
	past := history.Source{Store: st, Objects: r.snaps}
	for _, v := range w.maps {
		rec, err := st.Room(t.Context(), v.ID)
		if err != nil {
			t.Fatal(err)
		}
		room, err := past.Open(t.Context(), seq.Config{Map: v.ID}, rec)
		if err != nil || room.State().Hash() != v.State.Hash() {
			t.Errorf("map %v: %v", v.ID, err)
		}
	}
	m, err := past.At(t.Context(), w.maps[0].ID, 700)
	if err != nil || m.State.Hash() != w.maps[0].Seen[699] {
		t.Errorf("the named version: %v", err)
	}
	if err := st.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestDamageIsNamed: BK-2. One byte flipped, one op dropped, an archive that was cut, a
// content that is gone, two maps that changed places: each is found and named.
func TestDamageIsNamed(t *testing.T) {
	w := filled(t)
	whole, _ := w.archive()
	one, two := w.maps[0].ID.String(), w.maps[1].ID.String()
	edit := func(f func(parts []tarPart) []tarPart) func() []byte {
		return func() []byte { return w.together(f(w.apart(whole))) }
	}
	find := func(parts []tarPart, prefix string) *tarPart {
		for i := range parts {
			if strings.HasPrefix(parts[i].name, prefix) {
				return &parts[i]
			}
		}
		t.Fatalf("there is no %s", prefix)
		return nil
	}
	for _, c := range []struct {
		name string
		make func() []byte
		want []string
	}{
		{"a byte of the archive", func() []byte { b := bytes.Clone(whole); b[len(b)/2] ^= 1; return b }, []string{"damaged"}},
		{"the last byte", func() []byte { b := bytes.Clone(whole); b[len(b)-1] ^= 1; return b }, []string{"damaged"}},
		{"cut in the middle", func() []byte { return whole[:len(whole)/2] }, []string{"damaged or cut"}},
		{"cut by one byte", func() []byte { return whole[:len(whole)-1] }, []string{"damaged or cut"}},
		{"something behind it", func() []byte { return append(bytes.Clone(whole), 1) }, []string{"damaged"}},
		{"without a manifest", edit(func(p []tarPart) []tarPart { return p[:len(p)-1] }), []string{"no manifest"}},
		{"an op changed", edit(func(p []tarPart) []tarPart {
			x := find(p, mapDir+two)
			lines := bytes.Split(x.b, []byte("\n"))
			lines[5] = bytes.Replace(lines[5], []byte(",18"), []byte(",19"), 1)
			x.b = bytes.Join(lines, []byte("\n"))
			return p
		}), []string{two, "not what was written"}},
		{"an op dropped", edit(func(p []tarPart) []tarPart {
			x := find(p, mapDir+two)
			lines := bytes.Split(x.b, []byte("\n"))
			x.b = bytes.Join(slices.Delete(lines, 5, 6), []byte("\n"))
			return p
		}), []string{"map " + two, "gap"}},
		{"the last op dropped", edit(func(p []tarPart) []tarPart {
			x := find(p, mapDir+two)
			lines := bytes.Split(x.b, []byte("\n"))
			x.b = bytes.Join(slices.Delete(lines, len(lines)-2, len(lines)-1), []byte("\n"))
			return p
		}), []string{"map " + two, "299 changes"}},
		{"a content gone", edit(func(p []tarPart) []tarPart {
			return slices.DeleteFunc(p, func(x tarPart) bool { return strings.HasPrefix(x.name, blobDir) })
		}), []string{"content", "missing"}},
		{"a content changed", edit(func(p []tarPart) []tarPart { find(p, blobDir).b[0] ^= 1; return p }), []string{blobDir, "not what was written"}},
		{"two maps swapped", edit(func(p []tarPart) []tarPart {
			swap := strings.NewReplacer(one, two, two, one)
			for i := range p {
				if strings.HasPrefix(p[i].name, mapDir) {
					p[i].name = swap.Replace(p[i].name)
				}
			}
			return p
		}), []string{"map " + two}},
		{"a table gone", edit(func(p []tarPart) []tarPart {
			return slices.DeleteFunc(p, func(x tarPart) bool { return strings.HasPrefix(x.name, tableDir+"account/") })
		}), []string{"account", "missing"}},
		{"a key gone", edit(func(p []tarPart) []tarPart {
			return slices.DeleteFunc(p, func(x tarPart) bool { return x.name == fileDir+"pepper" })
		}), []string{"pepper", "missing"}},
		{"something more", edit(func(p []tarPart) []tarPart {
			return slices.Insert(p, 1, tarPart{fileDir + "authorized_keys", []byte("x")})
		}), []string{"authorized_keys", "does not belong"}},
		{"a name that leads elsewhere", edit(func(p []tarPart) []tarPart {
			return slices.Insert(p, 1, tarPart{fileDir + "../../etc/passwd", []byte("x")})
		}), []string{"does not belong"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := c.make()
			_, finds, err := Verify(t.Context(), bytes.NewReader(b), w.identities(), 1)
			said := finds.List()
			if err != nil {
				said = append(said, err.Error())
			}
			if !anyOf(said, c.want...) {
				t.Errorf("verify says %q, want %q", said, c.want)
			}
			if _, err := Restore(t.Context(), bytes.NewReader(b), w.identities(), newRestored(t).target(), 1); err == nil {
				t.Error("it is restored without a word")
			}
		})
	}
}

// TestConsistentLies: somebody who changes an archive and its manifest alike is found by
// what the logs fold to.
func TestConsistentLies(t *testing.T) {
	w := filled(t)
	whole, _ := w.archive()
	parts := w.apart(whole)
	two := w.maps[1].ID.String()
	for i := range parts {
		if strings.HasPrefix(parts[i].name, mapDir+two) {
			lines := bytes.Split(parts[i].b, []byte("\n"))
			parts[i].b = bytes.Join(slices.Delete(lines, len(lines)-2, len(lines)-1), []byte("\n"))
			sum := hexSum(parts[i].b)
			last := &parts[len(parts)-1]
			var m Manifest
			w.must(json.Unmarshal(last.b, &m))
			for k := range m.Parts {
				if m.Parts[k].Name == parts[i].name {
					m.Parts[k].Size, m.Parts[k].Sum = int64(len(parts[i].b)), sum
				}
			}
			for k := range m.Maps {
				if m.Maps[k].ID == two {
					m.Maps[k].Head--
					m.Maps[k].Ops--
				}
			}
			var err error
			last.b, err = json.Marshal(m)
			w.must(err)
		}
	}
	_, finds, err := Verify(t.Context(), bytes.NewReader(w.together(parts)), w.identities(), 1)
	if err != nil || !anyOf(finds.List(), "map "+two, "299 changes") {
		t.Errorf("%v, %q", err, finds.List())
	}
}

// TestEveryCutIsFound: wherever an archive ends early, or a byte of it differs.
func TestEveryCutIsFound(t *testing.T) {
	w := newWorld(t)
	w.addMap(1, 20, 50)
	b, _ := w.archive()
	step := max(1, len(b)/300)
	for n := 0; n < len(b); n += step {
		if _, finds, err := Verify(t.Context(), bytes.NewReader(b[:n]), w.identities(), 1); err == nil && len(finds.List()) == 0 {
			t.Errorf("cut at %d of %d", n, len(b))
		}
		c := bytes.Clone(b)
		c[n] ^= 0x10
		if _, finds, err := Verify(t.Context(), bytes.NewReader(c), w.identities(), 1); err == nil && len(finds.List()) == 0 {
			t.Errorf("byte %d of %d flipped", n, len(b))
		}
	}
}

// TestMissingContent: one that cannot be read when an archive is made is told of, and the
// rest is kept.
func TestMissingContent(t *testing.T) {
	w := newWorld(t)
	w.addMap(1, 20, 50)
	w.addMap(2, 20, 50)
	list, err := w.store.ListFiles(t.Context(), w.maps[0].ID, [32]byte{}, 1)
	w.must(err)
	w.must(w.blobs.Delete(t.Context(), list[0].Hash))
	b, m := w.archive()
	if diff := cmp.Diff([]string{list[0].Hash.String()}, m.Missing); diff != "" {
		t.Error(diff)
	}
	if _, finds, err := Verify(t.Context(), bytes.NewReader(b), w.identities(), 1); err != nil || len(finds.List()) != 0 {
		t.Errorf("%v, %v", err, finds.List())
	}
}

// TestWhileOthersWrite: BK-1. An archive is of one moment, however much is written
// meanwhile.
func TestWhileOthersWrite(t *testing.T) {
	w := newWorld(t)
	for n := range byte(5) {
		w.addMap(n, 500, 0)
	}
	src := w.source()
	looked := src.View
	src.View = func(ctx context.Context, look func(store.View) error) error {
		return looked(ctx, func(v store.View) error {
			if _, err := v.Schema(ctx); err != nil { // the moment begins with the first look
				return err
			}
			for _, m := range w.maps {
				m.Change(50, time.Second)
			}
			return look(v)
		})
	}
	var b bytes.Buffer
	m, err := Write(t.Context(), &b, src, Head{Format: Format, ID: "x"}, w.keys.Recipients(), 1)
	w.must(err)
	if m.OpCount != 2500 {
		t.Errorf("%d changes", m.OpCount)
	}
	if _, finds, err := Verify(t.Context(), &b, w.identities(), 1); err != nil || len(finds.List()) != 0 {
		t.Errorf("%v, %v", err, finds.List())
	}
}

// TestEitherKeyOpens: each of those it was sealed for, and no other. BK-3.
func TestEitherKeyOpens(t *testing.T) {
	w := newWorld(t)
	w.addMap(1, 20, 0)
	b, _ := w.archive()
	for _, k := range w.keys {
		if _, _, err := Verify(t.Context(), bytes.NewReader(b), []age.Identity{k}, 1); err != nil {
			t.Error(err)
		}
	}
	other, err := age.GenerateX25519Identity()
	w.must(err)
	if _, _, err := Verify(t.Context(), bytes.NewReader(b), []age.Identity{other}, 1); !fault.Is(err, fault.Permission) {
		t.Errorf("another key: %v", err)
	}
}

// stopped ends after so many bytes.
type stopped struct {
	r    io.Reader
	left int
}

var errStopped = errors.New("the cable was pulled")

func (s *stopped) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, errStopped
	}
	n, err := s.r.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

// TestRestoreGoesOn: BK-4. Interrupted anywhere, again and again, it comes to the same.
func TestRestoreGoesOn(t *testing.T) {
	w := filled(t)
	b, _ := w.archive()
	r := newRestored(t)
	for n := 1000; n < len(b); n += len(b) / 12 {
		if _, err := Restore(t.Context(), &stopped{bytes.NewReader(b), n}, w.identities(), r.target(), 1); err == nil {
			t.Fatalf("it ended well after %d bytes", n)
		}
	}
	if _, err := Restore(t.Context(), bytes.NewReader(b), w.identities(), r.target(), 1); err != nil {
		t.Fatal(err)
	}
	st := r.open(t)
	if diff := cmp.Diff(rows(t, w.store), rows(t, st)); diff != "" {
		t.Errorf("rows\n%.3000s", diff)
	}
	wantSame(t, w, st, r)
}

// TestNewerArchive: one of a newer program is refused in words, before anything is done.
func TestNewerArchive(t *testing.T) {
	w := newWorld(t)
	b, _ := w.archive()
	for _, change := range []string{`"format":1`, `"schema":`} {
		parts := w.apart(b)
		parts[0].b = bytes.Replace(parts[0].b, []byte(change), []byte(change+"9"), 1)
		if _, err := Restore(t.Context(), bytes.NewReader(w.together(parts)), w.identities(), newRestored(t).target(), 1); !fault.Is(err, fault.Schema) {
			t.Errorf("%s: %v", change, err)
		}
	}
}

// FuzzRows: what is read back as a row is what was written, and nothing makes it panic.
func FuzzRows(f *testing.F) {
	f.Add([]byte(`[1,"AQ","Ag",5,"AA"]`), "text", int64(5))
	f.Fuzz(func(t *testing.T, b []byte, s string, n int64) {
		if r, err := readOp(b); err == nil {
			if got := appendOp(nil, &r); string(got) != string(b)+"\n" {
				t.Errorf("%q became %q", b, got)
			}
		}
		_, _ = readValues(b, 5)
		want := []any{n, s, b, nil}
		line, err := AppendValues(nil, want)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Count(line, []byte("\n")) != 1 {
			t.Errorf("%q is more than a line", line)
		}
		got, err := readValues(line[:len(line)-1], len(want))
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b []byte) bool { return bytes.Equal(a, b) })); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

func hexSum(b []byte) string { s := sha256.Sum256(b); return Hex(s[:]) }
