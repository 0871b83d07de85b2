package gesture_test

import (
	"testing"
	"unicode/utf8"

	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// made applies what a gesture came to and looks at the map.
func made(t *testing.T, s *stage, ops []sysmap.Op, err error) {
	t.Helper()
	s.apply(t, ops, err)
	if err := s.m.Check(); err != nil {
		t.Fatal(err)
	}
}

// FuzzPaste: any bytes from the clipboard become cards, or are refused with a word.
func FuzzPaste(f *testing.F) {
	s := newStage()
	ops, a, err := s.context().Create(id.Root, id.Root, 0, 0, "a")
	s.apply(f, ops, err)
	ops, _, err = s.context().Create(a, id.Root, 0, 0, "b")
	s.apply(f, ops, err)
	f.Add(s.context().Copy([]id.Object{a}), int32(64), int32(-64))
	f.Fuzz(func(t *testing.T, b []byte, x, y int32) {
		s := newStage()
		ops, a, err := s.context().Create(id.Root, id.Root, 0, 0, "whole")
		s.apply(t, ops, err)
		for _, place := range []id.Object{id.Root, a} {
			ops, _, err := s.context().Paste(place, x, y, b)
			made(t, s, ops, err)
		}
	})
}

// FuzzOutline: any text becomes cards, none of them from nothing.
func FuzzOutline(f *testing.F) {
	f.Add("# A\n- b\n  - c\n\td\n12. e\n• f", int32(0), int32(1<<30))
	f.Fuzz(func(t *testing.T, text string, x, y int32) {
		if !utf8.ValidString(text) {
			return // the core reads no other
		}
		s := newStage()
		ops, roots, err := s.context().PasteOutline(id.Root, x, y, text)
		made(t, s, ops, err)
		for _, k := range roots {
			if o := s.m.GetLive(k); o == nil || o.Title == "" {
				t.Fatal("a card without a title, or none")
			}
		}
	})
}
