package desk

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/picture"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

var update = flag.Bool("update", false, "write golden files")

// page is a page's side of the border.
type page struct {
	t    *testing.T
	d    *Desk
	seed byte
}

func newPage(t *testing.T) *page {
	t.Helper()
	open := make([]byte, 48)
	for i := range open {
		open[i] = byte(i + 1)
	}
	d, err := New(varint.Uint(open, 7))
	if err != nil {
		t.Fatal(err)
	}
	d.Ready()
	d.View(0, 0, 1400, 900, 1)
	return &page{t: t, d: d}
}

// cmd runs a command whose fields are ints, negative or not, strings, bytes and
// lists of numbers.
func (p *page) try(kind byte, fields ...any) Answer {
	p.t.Helper()
	p.seed++
	b := append([]byte{kind}, make([]byte, 16)...)
	b[1], b[16] = p.seed, p.seed
	for _, f := range fields {
		switch v := f.(type) {
		case int32: // an object's number
			b = varint.Uint(b, uint64(v))
		case uint:
			b = varint.Uint(b, uint64(v))
		case int:
			b = varint.Int(b, int64(v))
		case byte:
			b = append(b, v)
		case string:
			b = varint.String(b, v)
		case []byte:
			b = varint.Bytes(b, v)
		case []int32:
			b = varint.Uint(b, uint64(len(v)))
			for _, n := range v {
				b = varint.Uint(b, uint64(n))
			}
		default:
			p.t.Fatalf("field of type %T", f)
		}
	}
	return p.d.Command(b)
}

func (p *page) cmd(kind byte, fields ...any) Answer {
	p.t.Helper()
	a := p.try(kind, fields...)
	if a.Fault != 0 {
		p.t.Fatalf("command %d: fault %v", kind, fault.Kind(a.Fault))
	}
	return a
}

func (p *page) card(place int32, x, y int, title string) int32 {
	p.t.Helper()
	return p.cmd(cmdCreate, place, int32(0), x*64, y*64, title).Made
}

func (p *page) set(num int32, f sysmap.Field, v int) {
	p.t.Helper()
	p.cmd(cmdSet, []int32{num}, byte(f), "", byte(1), v)
}

func (p *page) relate(a, b int32, way byte) int32 {
	p.t.Helper()
	return p.cmd(cmdRelate, a, b, way).Made
}

// system is a small map with everything in it.
func system(p *page) (water, soil, line int32) {
	water = p.card(0, 0, 0, "Water cycle")
	for _, t := range []string{"Evaporation", "Condensation", "Precipitation over land and sea, with a long name"} {
		p.card(water, 0, 0, t)
	}
	soil = p.card(0, 520, 40, "Soil")
	p.card(soil, 0, 0, "Roots")
	p.set(soil, sysmap.Layout, sysmap.LayoutFreehand)
	p.card(soil, 150, 90, "水は循環する")
	line = p.relate(water, soil, sysmap.DirectionAB)
	on := p.cmd(cmdCardOn, line, "feeds").Made
	p.relate(on, soil, sysmap.DirectionBoth)
	p.relate(soil, soil, sysmap.DirectionAB)
	note := p.card(0, 80, 420, "A note")
	p.cmd(cmdSplice, note, byte(2), uint(0), uint(0), "# Sources\nwhat others wrote about the water cycle and its many parts, at length")
	p.set(note, sysmap.Colour, 4)
	return water, soil, line
}

// dump writes a drawing list as text, one instruction a line, in px.
func dump(list []int32) string {
	names := []string{"?", "CARD", "TEXT", "BAR", "LINE", "CURVE", "ARROW", "BADGE", "SELECT", "HANDLE", "CURSOR", "GHOST", "DROP", "BAND", "SELLINE", "EDITING", "ALPHA", "SIGHT", "IMAGE"}
	coordinates := map[picture.Op]string{picture.OpCard: "xxxx.x.", picture.OpText: "....xxxx.", picture.OpBar: "xxxx", picture.OpLine: "xxxx...",
		picture.OpCurve: "xxxxxxxx...", picture.OpArrow: "xx....", picture.OpBadge: "xx..", picture.OpSelect: "xxxx.x", picture.OpHandle: "xx.",
		picture.OpGhost: "xxxx", picture.OpDrop: "xxxx.", picture.OpBand: "xxxx.", picture.OpSelLine: "xxxxxxxx.", picture.OpEditing: "xxxx..", picture.OpCursor: "xx..", picture.OpAlpha: ".", picture.OpSight: "xxxxxxxx.", picture.OpImage: "xxxx."}
	var b strings.Builder
	for len(list) > 0 {
		op, words := picture.Op(list[0]&0xff), int(list[0]>>8)
		b.WriteString(names[op] + " #" + strconv.Itoa(int(list[1])))
		for i, w := range list[2:words] {
			b.WriteByte(' ')
			if i < len(coordinates[op]) && coordinates[op][i] == 'x' {
				b.WriteString(strconv.FormatFloat(float64(w)/64, 'f', -1, 64))
			} else {
				b.WriteString(strconv.Itoa(int(w)))
			}
		}
		b.WriteByte('\n')
		list = list[words:]
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

func TestPictures(t *testing.T) {
	p := newPage(t)
	water, _, line := system(p)
	for _, c := range []struct {
		name string
		x, y int32
		zoom float32
	}{{"near", -100, -100, 1}, {"mid", -200, -200, 0.35}, {"far", -400, -400, 0.15}, {"corner", 900, 0, 1}} {
		p.d.View(c.x*64, c.y*64, 1400, 900, c.zoom)
		golden(t, c.name, dump(p.d.Frame()))
	}
	p.d.View(-6400, -6400, 1400, 900, 1)
	p.d.Fold(water, 1)
	golden(t, "folded", dump(p.d.Frame()))
	p.d.Select([]int32{water})
	golden(t, "selected", dump(p.d.Overlay()))
	p.d.Select([]int32{line})
	golden(t, "line", dump(p.d.Overlay()))
}

// TestPastedOutlineOverlapsNowhere: the cards at the top of an outline stand below one
// another, however many parts they have and however long their titles are.
func TestPastedOutlineOverlapsNowhere(t *testing.T) {
	long := strings.Repeat("precipitation over land ", 6)
	p := newPage(t)
	p.cmd(cmdPasteOutline, int32(0), 0, 0, "River\n\tSource\n\tMouth\n\tDelta\nTown\n\tHarbour\n\t\tQuay\n\t\t\tCrane\nAlone\n"+
		long+"\n\t"+long+"\n\t\t"+long+"\nLast\n\tone")
	boxes := p.d.fresh().Boxes
	var below int32
	tops := 0
	for i := range boxes {
		if boxes[i].Parent >= 0 {
			continue
		}
		if tops > 0 && boxes[i].Y < below {
			t.Errorf("card %d begins at %d, above the end of the one before it, %d", tops, boxes[i].Y/64, below/64)
		}
		below = boxes[i].Y + boxes[i].H
		tops++
	}
	if tops != 5 {
		t.Errorf("%d cards at the top", tops)
	}
}
