package desk

import (
	"testing"

	"plectica/internal/gesture"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// say is a desk's command without its randomness, as the fuzzer's bytes have it:
// kind, length, fields.
func say(b []byte, kind byte, fields ...byte) []byte {
	return varint.Bytes(append(b, kind), fields)
}

// FuzzCommands: any commands leave a sound map that can be laid out and drawn, and
// an answer; a refused one changes nothing.
func FuzzCommands(f *testing.F) {
	b := say(nil, cmdCreate, 0, 0, 2, 4, 1, 'a')
	b = say(b, cmdCreate, 1, 0, 0, 0, 1, 'b')
	b = say(b, cmdRelate, 1, 2, 1)
	b = say(b, cmdSplice, 1, 1, 0, 1, 2, 'x', 'y')
	b = say(b, cmdSet, 1, 1, byte(sysmap.Colour), 0, 1, 8)
	b = say(b, cmdCopy, 1, 1)
	b = say(b, cmdDuplicate, 1, 1)
	b = say(b, cmdWrap, 2, 1, 2)
	b = say(b, cmdCreateNear, 1, 1)
	b = say(b, cmdPasteOutline, 0, 0, 0, 5, 'a', '\n', ' ', '-', 'b')
	b = say(b, cmdReorder, 2, 1)
	b = say(b, cmdDiscuss, 1, 0, 0, 1, 'a', 1, 1, 'x')
	b = say(b, cmdAddStop, 1, 0, 0, 2, 2, 1, 's', 0)
	b = say(b, cmdSheet, byte(sysmap.Routing), 1, 2)
	b = say(b, cmdDelete, 1, 1)
	f.Add(say(say(b, cmdUndo), cmdRedo))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := newPage(t)
		rd := varint.NewReader(b)
		for n := 0; rd.Len() > 0 && n < 64; n++ {
			kind, fields := rd.Byte(), rd.Bytes(1<<10)
			if !rd.OK() {
				return
			}
			before := p.d.r.View().Hash()
			a := p.d.Command(append(append([]byte{kind}, seedOf(byte(n))...), fields...))
			m := p.d.r.View()
			if a.Fault != 0 && (m.Hash() != before || len(a.Entry) > 0) {
				t.Fatalf("command %d was refused as %d and changed the map", kind, a.Fault)
			}
			if err := m.Check(); err != nil {
				t.Fatalf("after command %d: %v", kind, err)
			}
			p.d.Frame()
		}
	})
}

func seedOf(n byte) []byte {
	b := make([]byte, gesture.EntropySize)
	b[0], b[gesture.EntropySize-1] = n, 1
	return b
}

// FuzzPointer: wherever a pointer goes down, moves and is let go, with whatever
// camera, the map stays sound and can be drawn.
func FuzzPointer(f *testing.F) {
	f.Add(varint.Int(varint.Int([]byte{0, 0}, 60), 24), uint8(0), float32(1))
	f.Fuzz(func(t *testing.T, b []byte, fold uint8, zoom float32) {
		p := newPage(t)
		system(p)
		p.d.Fold(int32(fold), int(fold%3)-1)
		p.d.View(0, 0, 1400, 900, zoom)
		rd := varint.NewReader(b)
		for n := 0; rd.Len() > 0 && n < 64; n++ {
			phase, mods, x, y := rd.Byte()%4, rd.Byte(), rd.Int32(), rd.Int32()
			if !rd.OK() {
				return
			}
			p.d.Hit(x, y, int32(mods))
			if mods >= 128 {
				p.d.Select(p.d.Lasso(0, 0, x, y))
			}
			p.d.Drag(int32(phase), x, y, int32(mods%4), [gesture.EntropySize]byte{byte(n), 1})
			p.d.Overlay()
			p.d.Frame()
		}
		if err := p.d.r.View().Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzOpen: any bytes open a desk, or are refused.
func FuzzOpen(f *testing.F) {
	f.Add(varint.Uint(make([]byte, 48), 7))
	f.Fuzz(func(_ *testing.T, b []byte) {
		if d, err := New(b); err == nil {
			d.Ready()
			d.Frame()
		}
	})
}
