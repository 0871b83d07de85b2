package sysmap

import (
	"testing"
	"unicode/utf8"

	"plectica/internal/id"
	"plectica/internal/varint"
)

// FuzzTransform: of two edits of one text each can follow the other, an edit can be
// taken back, its splices do what it does, and a caret stays inside.
func FuzzTransform(f *testing.F) {
	f.Add("some text", uint32(2), uint32(3), "in", uint32(1), uint32(7), "€", uint32(4))
	f.Fuzz(func(t *testing.T, s string, pos, del uint32, ins string, pos2, del2 uint32, ins2 string, caret uint32) {
		if !utf8.ValidString(s) || !utf8.ValidString(ins) || !utf8.ValidString(ins2) || len(s) > MaxTitle {
			return
		}
		n := uint32(utf8.RuneCountInString(s))
		edit := func(pos, del uint32, ins string) Edit {
			pos %= n + 1
			return EditOf(&Op{Kind: OpSplice, Pos: pos, Del: del % (n - pos + 1), Ins: ins})
		}
		a, b := edit(pos, del, ins), edit(pos2, del2, ins2)
		left, right := b.Transform(a, false).Apply(a.Apply(s)), a.Transform(b, true).Apply(b.Apply(s))
		if left != right {
			t.Fatalf("%q on one way, %q on the other", left, right)
		}
		if back := a.Inverse(s).Apply(a.Apply(s)); back != s {
			t.Fatalf("taken back: %q, was %q", back, s)
		}
		text := s
		for _, op := range b.Transform(a, false).Splices(nil, Where{}) {
			text = EditOf(&op).Apply(text)
		}
		if after := b.Transform(a, false).Apply(s); text != after {
			t.Fatalf("splices give %q, the edit %q", text, after)
		}
		if d := Diff(s, left).Apply(s); d != left {
			t.Fatalf("the difference gives %q, want %q", d, left)
		}
		if c := a.Caret(caret % (n + 1)); c > uint32(utf8.RuneCountInString(a.Apply(s))) {
			t.Fatalf("the caret is at %d of %q", c, a.Apply(s))
		}
	})
}

// FuzzSiblings: keys made one after the other in any gaps keep siblings in order,
// and new keys for all of them keep that order too.
func FuzzSiblings(f *testing.F) {
	f.Add([]byte{0, 0, 1, 1, 2, 0, 3, 9})
	f.Fuzz(func(t *testing.T, where []byte) {
		m := New()
		var list []string
		for n, w := range where[:min(len(where), 80)] {
			at := int(w) % (len(list) + 1)
			before, after := "", ""
			if at > 0 {
				before = list[at-1]
			}
			if at < len(list) {
				after = list[at]
			}
			key := Between(before, after, uint64(n)*uint64(w))
			if key <= before || after != "" && key >= after {
				t.Fatalf("%q is not between %q and %q", key, before, after)
			}
			op := Op{Kind: OpPut, Type: Card, ID: id.Object{byte(n + 1)}, Place: Place{Order: key}}
			if m.Apply([]Op{op}, Stamp{}) != nil {
				return // longer than a key may be
			}
			list = append(list[:at], append([]string{key}, list[at:]...)...)
		}
		before := append([]id.Object(nil), m.Kids(id.Root)...)
		if err := m.Apply(m.Respace(id.Root), Stamp{}); err != nil {
			t.Fatal(err)
		}
		for i, k := range m.Kids(id.Root) {
			if before[i] != k {
				t.Fatalf("sibling %d is another after new keys", i)
			}
		}
	})
}

// FuzzCopy: a copy of any objects of any map can be made anew beside them, is as
// large as what it was made of, and leaves a sound map.
func FuzzCopy(f *testing.F) {
	f.Add(seedOps(), byte(1))
	f.Fuzz(func(t *testing.T, b []byte, which byte) {
		m := New()
		for r := varint.NewReader(b); r.Len() > 0; {
			ops, err := ReadOps(r, MaxOps)
			if err != nil {
				break
			}
			_ = m.Apply(ops, Stamp{}) // a refusal is an answer
		}
		set := m.Kids(id.Root)
		if len(set) > 0 && which > 0 {
			set = set[int(which)%len(set):]
		}
		n := byte(0)
		ops := Renew(m.Copy(set), func() id.Object { n++; return id.Object{0xff, n, which} }, func(p Place) Place { return p })
		if len(ops) > 200 {
			return // the ids above would repeat
		}
		before := m.Living()
		if err := m.Apply(ops, Stamp{}); err != nil {
			t.Fatal(err)
		}
		cards := 0
		for i := range ops {
			if ops[i].Type == Card {
				cards++
			}
		}
		if err := m.Check(); err != nil || m.Living() != before+cards {
			t.Fatalf("%d living after %d and %d copied: %v", m.Living(), before, cards, err)
		}
	})
}
