package attach

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

type bench struct {
	*Service
	st    *sqlstore.Store
	blobs *dir.Store
	path  string
	now   time.Time
	named map[blob.Hash]bool
	a     id.Account
	m, to id.Map
}

func newBench(t *testing.T) *bench {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	b := &bench{st: st, path: filepath.Join(t.TempDir(), "blobs"), now: time.Now(), a: id.Account{1}, m: id.Map{1}, to: id.Map{2}}
	if b.blobs, err = dir.Open(b.path); err != nil {
		t.Fatal(err)
	}
	if err := st.CreateAccount(t.Context(), store.NewAccount{Account: store.Account{ID: b.a, Email: "a@example.test", Name: "A"}}); err != nil {
		t.Fatal(err)
	}
	for _, m := range []id.Map{b.m, b.to} {
		if err := st.CreateMap(t.Context(), store.Map{ID: m, Title: "Map"}, b.a); err != nil {
			t.Fatal(err)
		}
	}
	b.Service = New(Config{
		Store: st, Blobs: b.blobs, FileBytes: 1 << 20, MapBytes: 2 << 20, Now: func() time.Time { return b.now },
		Named: func(context.Context, id.Map) (map[blob.Hash]bool, error) { return b.named, nil },
	})
	return b
}

func (b *bench) add(t *testing.T, m id.Map, data string) store.File {
	t.Helper()
	f, err := b.Add(t.Context(), m, b.a, strings.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (b *bench) file(h blob.Hash) string {
	return filepath.Join(b.path, h.String()[:2], h.String())
}

func picture(t *testing.T, w, h int) string {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func wantKind(t *testing.T, what string, err error, k fault.Kind) {
	t.Helper()
	if !fault.Is(err, k) {
		t.Errorf("%s: %v, want kind %v", what, err, k)
	}
}

// TestReachedOnlyThroughAMap: ME-1. A content is there for the map that holds it, for a
// copy of that and for one that adopted it, and for no other.
func TestReachedOnlyThroughAMap(t *testing.T) {
	b := newBench(t)
	f := b.add(t, b.m, picture(t, 600, 300))
	if f.Kind != "image/png" || f.W != 600 || f.H != 300 {
		t.Errorf("%+v", f)
	}
	reach := func(m id.Map) error {
		_, c, err := b.Open(t.Context(), m, f.Hash)
		if err == nil {
			defer func() { _ = c.Close() }()
			if data, err := io.ReadAll(c); err != nil || len(data) != int(f.Size) {
				t.Errorf("%d bytes, %v", len(data), err)
			}
		}
		_, thumb, terr := b.Thumb(t.Context(), m, f.Hash, 256)
		if terr == nil {
			_ = thumb.Close()
		}
		if (err == nil) != (terr == nil) {
			t.Errorf("the content says %v, the thumbnail %v", err, terr)
		}
		return err
	}
	if err := reach(b.m); err != nil {
		t.Fatal(err)
	}
	wantKind(t, "through another map", reach(b.to), fault.NotFound)
	got, err := b.Adopt(t.Context(), b.m, b.to, b.a, []blob.Hash{{9}, f.Hash})
	if diff := cmp.Diff([]blob.Hash{f.Hash}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if err := reach(b.to); err != nil {
		t.Errorf("after it was adopted: %v", err)
	}
	_, err = b.Adopt(t.Context(), b.m, id.Map{9}, b.a, []blob.Hash{f.Hash})
	wantKind(t, "into no map", err, fault.NotFound)
	other := b.add(t, b.m, "words")
	if err := b.CopyAll(t.Context(), b.m, b.to, b.a); err != nil {
		t.Fatal(err)
	}
	if list, err := b.List(t.Context(), b.to); err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	_, _, err = b.Thumb(t.Context(), b.m, other.Hash, 256)
	wantKind(t, "a thumbnail of words", err, fault.NotFound)
	_, _, err = b.Thumb(t.Context(), b.m, f.Hash, 300)
	wantKind(t, "a size that there is not", err, fault.NotFound)
}

// TestRoom: ME-1. A file and a map have their bounds, and a full map gives up what its
// cards have not named for a day.
func TestRoom(t *testing.T) {
	b := newBench(t)
	full := func(c string) string { return strings.Repeat(c, 1<<20) }
	_, err := b.Add(t.Context(), b.m, b.a, strings.NewReader(full("x")+"x"), nil)
	wantKind(t, "a file that is too large", err, fault.Limit)
	if !strings.Contains(err.Error(), "1 MB") {
		t.Errorf("%v does not say how much", err)
	}
	_, err = b.Add(t.Context(), b.m, b.a, strings.NewReader(""), nil)
	wantKind(t, "an empty file", err, fault.Invalid)
	first, second := b.add(t, b.m, full("1")), b.add(t, b.m, full("2"))
	b.add(t, b.m, full("2")) // is there already
	_, err = b.Add(t.Context(), b.m, b.a, strings.NewReader("3"), nil)
	wantKind(t, "one too many", err, fault.Limit)
	if !strings.Contains(err.Error(), "this map") || !strings.Contains(err.Error(), "2 MB") {
		t.Errorf("%v does not say what is full", err)
	}
	b.now = b.now.Add(25 * time.Hour)
	b.named = map[blob.Hash]bool{first.Hash: true, second.Hash: true}
	_, err = b.Add(t.Context(), b.m, b.a, strings.NewReader("3"), nil)
	wantKind(t, "while cards name them", err, fault.Limit)
	b.named = map[blob.Hash]bool{second.Hash: true}
	b.add(t, b.m, "3")
	_, _, err = b.Open(t.Context(), b.m, first.Hash)
	wantKind(t, "what nobody names", err, fault.NotFound)
	if _, c, err := b.Open(t.Context(), b.m, second.Hash); err != nil {
		t.Errorf("what a card names: %v", err)
	} else {
		_ = c.Close()
	}
}

// TestRefusedLeavesNothing: what fails on its way is held by no map.
func TestRefusedLeavesNothing(t *testing.T) {
	b := newBench(t)
	gone := errors.New("no more")
	_, err := b.Add(t.Context(), b.m, b.a, strings.NewReader("words"), func(context.Context) error { return gone })
	if !errors.Is(err, gone) {
		t.Error(err)
	}
	good := picture(t, 400, 400)
	_, err = b.Add(t.Context(), b.m, b.a, strings.NewReader(good[:len(good)/2]), nil)
	wantKind(t, "an image that is cut short", err, fault.Invalid)
	if list, err := b.List(t.Context(), b.m); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

// TestDamage: ME-2. A damaged content is an error and not a byte of it comes out; a lost
// or damaged thumbnail is made anew.
func TestDamage(t *testing.T) {
	b := newBench(t)
	f := b.add(t, b.m, picture(t, 600, 300))
	small, err := b.st.Thumb(t.Context(), f.Hash, 256)
	if err != nil {
		t.Fatal(err)
	}
	for what, harm := range map[string]func() error{
		"damaged": func() error { return os.WriteFile(b.file(small), []byte("x"), 0o600) },
		"lost":    func() error { return os.Remove(b.file(small)) },
		"unknown": func() error { return b.st.ForgetThumbs(t.Context(), f.Hash) },
	} {
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		kind, c, err := b.Thumb(t.Context(), b.m, f.Hash, 256)
		if err != nil || kind != "image/jpeg" {
			t.Fatalf("a thumbnail that is %s: %s, %v", what, kind, err)
		}
		if _, _, err := image.Decode(c); err != nil {
			t.Errorf("a thumbnail that is %s: %v", what, err)
		}
		_ = c.Close()
	}
	if Check(t.Context(), b.blobs, f.Hash) != nil {
		t.Error("what is whole is wrong")
	}
	if err := os.WriteFile(b.file(f.Hash), []byte("<script>"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, c, err := b.Open(t.Context(), b.m, f.Hash)
	if c != nil || !fault.Is(err, fault.Internal) {
		t.Errorf("a damaged content: %v, %v", c, err)
	}
	if err := Check(t.Context(), b.blobs, f.Hash); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Error(err)
	}
	if err := Check(t.Context(), b.blobs, blob.Hash{1}); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Error(err)
	}
}

// TestSweep: ME-7. What no map holds is taken away after a day, thumbnails with their
// image, and nothing else.
func TestSweep(t *testing.T) {
	b := newBench(t)
	kept, dropped := b.add(t, b.m, picture(t, 600, 300)), b.add(t, b.m, picture(t, 500, 300))
	shared := b.add(t, b.m, "words")
	if _, err := b.Adopt(t.Context(), b.m, b.to, b.a, []blob.Hash{shared.Hash}); err != nil {
		t.Fatal(err)
	}
	for _, f := range []store.File{dropped, shared} {
		if err := b.st.DropFile(t.Context(), b.m, f.Hash, f.At+1); err != nil {
			t.Fatal(err)
		}
	}
	count := func() int {
		list, err := b.blobs.List(t.Context(), blob.Hash{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	all := count()
	sweep := func() {
		t.Helper()
		if at, err := b.sweep(t.Context(), blob.Hash{}); err != nil || at != (blob.Hash{}) {
			t.Fatal(at, err)
		}
	}
	sweep()
	if count() != all {
		t.Error("what was just put here is gone")
	}
	b.now = b.now.Add(sweepGrace + time.Hour)
	b.gate.RLock()
	sweep()
	b.gate.RUnlock()
	if count() != all {
		t.Error("something went while an upload was on its way")
	}
	sweep()
	if got := count(); got != all-3 {
		t.Errorf("%d contents, want %d: an image and its two thumbnails go", got, all-3)
	}
	for _, h := range []blob.Hash{kept.Hash, shared.Hash} {
		if err := Check(t.Context(), b.blobs, h); err != nil {
			t.Error(err)
		}
	}
	if _, c, err := b.Thumb(t.Context(), b.m, kept.Hash, 1024); err != nil {
		t.Error(err)
	} else {
		_ = c.Close()
	}
}

// TestCarry: VW-4. Contents come out of one map and into another; what is not named,
// does not fit or is damaged is left out; what is not what its name says is refused.
func TestCarry(t *testing.T) {
	b := newBench(t)
	small, large := b.add(t, b.m, "words"), b.add(t, b.m, strings.Repeat("x", 1000))
	unnamed, broken := b.add(t, b.m, "nobody's"), b.add(t, b.m, "broken")
	if err := os.WriteFile(b.file(broken.Hash), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	named := map[blob.Hash]bool{small.Hash: true, large.Hash: true, broken.Hash: true}
	for most, want := range map[int64][]blob.Hash{10_000: {small.Hash, large.Hash}, 1000: {small.Hash}, 3: nil} {
		list, err := b.Carry(t.Context(), b.m, named, most)
		if err != nil {
			t.Fatal(err)
		}
		var got []blob.Hash
		for _, c := range list {
			got = append(got, c.Hash)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d bytes:\n%s", most, diff)
		}
	}
	list, err := b.Carry(t.Context(), b.m, named, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Unpack(t.Context(), b.to, b.a, list); err != nil {
		t.Fatal(err)
	}
	if _, c, err := b.Open(t.Context(), b.to, large.Hash); err != nil {
		t.Error(err)
	} else {
		_ = c.Close()
	}
	_, _, err = b.Open(t.Context(), b.to, unnamed.Hash)
	wantKind(t, "what was not named", err, fault.NotFound)
	list[0].Data = []byte("other")
	wantKind(t, "another content", b.Unpack(t.Context(), b.to, b.a, list), fault.Invalid)
}
