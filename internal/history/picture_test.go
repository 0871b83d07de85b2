package history

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plectica/internal/fault"
	"plectica/internal/sysmap"
)

// drawn is a picture that says what it is of.
func drawn(m *sysmap.Map) ([]byte, error) {
	return fmt.Appendf(nil, "<svg>%x</svg>", m.Hash().Bytes()), nil
}

// wantPicture compares the picture at a moment with that of the state after a change.
func (v *writer) wantPicture(at, of uint64) {
	v.t.Helper()
	got, err := v.service.Picture(v.t.Context(), v.ID, at)
	if want := fmt.Sprintf("<svg>%x</svg>", v.Seen[of-1].Bytes()); err != nil || string(got) != want {
		v.t.Errorf("the picture at %d: %s, %v", at, got, err)
	}
}

// TestPictures: a kept picture will do until there is a newer one; without any, or with
// one that is damaged, it is drawn.
func TestPictures(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	v.change(20, time.Second)
	v.snap() // without a picture
	if _, err := w.service.Picture(t.Context(), v.ID, 20); !fault.Is(err, fault.Busy) {
		t.Errorf("nobody draws: %v", err)
	}
	w.service.c.Picture = drawn
	v.change(20, time.Second)
	v.snap()
	v.change(20, time.Second)
	v.wantPicture(10, 10)
	v.wantPicture(30, 30)
	v.wantPicture(40, 40)
	v.wantPicture(59, 40)
	for _, at := range []uint64{0, 61} {
		if _, err := w.service.Picture(t.Context(), v.ID, at); !fault.Is(err, fault.NotFound) {
			t.Errorf("at %d: %v", at, err)
		}
	}
	snap := v.snapshots()[0]
	file := filepath.Join(w.objects.path, filepath.FromSlash(pictureObject(v.ID, snap.Seq, snap.Picture)))
	flip(t, file, 9)
	v.wantPicture(59, 59)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	v.wantPicture(59, 59)
	if len(w.errs) != 2 || v.snapshots()[0].Damaged {
		t.Errorf("told %v; damaged %v", w.errs, v.snapshots()[0].Damaged)
	}
}

// TestTooLargeForAPicture: such a map has its snapshots, and nobody is told each time.
func TestTooLargeForAPicture(t *testing.T) {
	w := newWorld(t)
	pictures := map[string]func(*sysmap.Map) ([]byte, error){
		"refused": func(*sysmap.Map) ([]byte, error) { return nil, fault.New(fault.Limit, "too large") },
		"huge":    func(*sysmap.Map) ([]byte, error) { return []byte(strings.Repeat("x", maxPicture+1)), nil },
	}
	n := byte(0)
	for name, picture := range pictures {
		n++
		v := w.open(n)
		w.service.c.Picture = picture
		v.change(5, time.Second)
		v.snap()
		if list := v.snapshots(); len(list) != 1 || list[0].Picture != [32]byte{} || len(w.errs) != 0 {
			t.Errorf("%s: %v, told %v", name, list, w.errs)
		}
	}
	if _, err := w.service.Picture(t.Context(), w.open(n+1).ID, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("a map without a past: %v", err)
	}
}
