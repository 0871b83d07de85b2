package history

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plectica/internal/history/historytest"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// histories are revisions of real files that others made; they are not in this repository.
const histories = "../../../shared/corpora/histories"

// revision is one of a file.
type revision struct {
	at   time.Time
	text string
}

// revisions reads a folder of them.
func revisions(t *testing.T, dir string) []revision {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "index.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []revision
	for _, r := range rows[1:] {
		at, err := time.Parse(time.RFC3339, r[2])
		if err != nil {
			t.Fatal(err)
		}
		g, err := os.Open(filepath.Join(dir, r[0]))
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(g)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		_ = g.Close()
		out = append(out, revision{at, string(b)})
	}
	return out
}

// drawing makes a map of a file.
type drawing struct {
	t    *testing.T
	m    *sysmap.Map
	was  *sysmap.Map          // the revision before: who edits leaves in place what stays
	last map[id.Object]string // the last order key at each place
}

// named is the id of what is called so, in every revision.
func named(parts ...string) id.Object {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return id.Object(h[:id.Size])
}

func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return s[:min(len(s), 1000)]
}

func (d *drawing) card(k, in id.Object, title string, x, y int32) {
	last := d.last[in]
	key := sysmap.Between(last, d.next(in, last), 0)
	if o := d.was.Get(k); o != nil && o.Place.Parent == in && o.Place.Order > last {
		key = o.Place.Order
	}
	d.last[in] = key
	op := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: k, Title: strings.ToValidUTF8(clean(title), ""), Place: sysmap.Place{Parent: in, Order: key, X: x, Y: y}}
	if err := d.m.Apply([]sysmap.Op{op}, sysmap.Stamp{}); err != nil && d.m.Get(k) == nil {
		d.t.Fatal(err)
	}
}

// next is the first order key at a place that is after another.
func (d *drawing) next(in id.Object, after string) string {
	for _, k := range d.was.Kids(in) {
		if o := d.was.Get(k); o.Live() && o.Place.Order > after {
			return o.Place.Order
		}
	}
	return ""
}

func (d *drawing) line(k, a, b id.Object, label string) {
	if d.m.Get(a) == nil || d.m.Get(b) == nil || d.m.Get(k) != nil {
		return
	}
	op := sysmap.Op{Kind: sysmap.OpRelate, ID: k, A: a, B: b, Regs: []sysmap.Reg{{Field: sysmap.Action, Value: sysmap.TextValue(clean(label))}}}
	if label == "" {
		op.Regs = nil
	}
	if err := d.m.Apply([]sysmap.Op{op}, sysmap.Stamp{}); err != nil {
		d.t.Fatal(err)
	}
}

// outline is an element of OPML.
type outline struct {
	Text    string    `xml:"text,attr"`
	Created string    `xml:"created,attr"`
	In      []outline `xml:"outline"`
}

func (d *drawing) outline(list []outline, in id.Object) {
	for i, o := range list {
		k := named(in.String(), o.Created, o.Text)
		if o.Created != "" {
			k = named(o.Created)
		}
		if d.m.Get(k) != nil {
			k = named(in.String(), o.Text, string(rune(i)))
		}
		d.card(k, in, o.Text, 0, 0)
		d.outline(o.In, k)
	}
}

func (d *drawing) opml(text string) {
	var doc struct {
		Body struct {
			In []outline `xml:"outline"`
		} `xml:"body"`
	}
	r := xml.NewDecoder(strings.NewReader(strings.ToValidUTF8(text, "?")))
	r.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	if err := r.Decode(&doc); err != nil {
		d.t.Fatal(err)
	}
	d.outline(doc.Body.In, id.Root)
}

func (d *drawing) canvas(text string) {
	var doc struct {
		Nodes []struct {
			ID, Text, Label string
			X, Y            float64
		}
		Edges []struct{ ID, FromNode, ToNode, Label string }
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		d.t.Fatal(err)
	}
	for _, n := range doc.Nodes {
		d.card(named(n.ID), id.Root, n.Text+n.Label, int32(n.X*64), int32(n.Y*64))
	}
	for _, e := range doc.Edges {
		d.line(named("edge", e.ID), named(e.FromNode), named(e.ToNode), e.Label)
	}
}

func (d *drawing) csv(text string) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		d.t.Fatal(err)
	}
	for i, r := range rows[1:] {
		for _, end := range r[:2] {
			if d.m.Get(named(end)) == nil {
				d.card(named(end), id.Root, end, 0, 0)
			}
		}
		k := named("line", r[0], r[1], r[2])
		if d.m.Get(k) != nil {
			k = named("line", string(rune(i)))
		}
		d.line(k, named(r[0]), named(r[1]), r[2])
	}
}

// draw makes a map of a revision.
func draw(t *testing.T, dir, text string, was *sysmap.Map) *sysmap.Map {
	t.Helper()
	d := &drawing{t: t, m: sysmap.New(), was: was, last: make(map[id.Object]string)}
	switch {
	case strings.HasPrefix(dir, "opml"):
		d.opml(text)
	case strings.HasPrefix(dir, "kumu"):
		d.csv(text)
	default:
		d.canvas(text)
	}
	return d.m
}

// changed is how many bytes of lines differ between two texts, those that went and those
// that came.
func changed(a, b string) int {
	lines := make(map[string]int)
	for l := range strings.Lines(a) {
		lines[l]--
	}
	for l := range strings.Lines(b) {
		lines[l]++
	}
	n := 0
	for l, k := range lines {
		n += len(l) * max(k, -k)
	}
	return n
}

// rowOverhead is what a row of the log takes beside its data: the map, its number, the op
// twice (it has an index), who and when.
const rowOverhead = 16 + 4 + 2*(16+24) + 16 + 8

// TestRealRevisions: histories of real files, as changes: what is stored of them in all is at
// most three times what changed, and any revision is there within half a second.
func TestRealRevisions(t *testing.T) {
	list, err := os.ReadDir(histories)
	if err != nil {
		t.Skip("the revisions of real files are not here")
	}
	stored, differed := 0, 0
	for n, dir := range list {
		t.Run(dir.Name(), func(t *testing.T) {
			w := newWorld(t)
			all := revisions(t, filepath.Join(histories, dir.Name()))
			slices.SortStableFunc(all, func(a, b revision) int { return a.at.Compare(b.at) })
			v := &writer{historytest.Open(t, w.store, byte(n), &w.now), w}
			sum, log, before := 0, 0, ""
			heads := make([]uint64, len(all))
			for i, r := range all {
				sum += changed(before, r.text)
				before, w.now = r.text, r.at
				log += v.become(draw(t, dir.Name(), r.text, v.State))
				heads[i] = v.record().Head
				v.snap()
			}
			w.now = w.now.Add(60 * 24 * time.Hour)
			if err := w.service.tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
			snapshots := 0
			for _, s := range v.snapshots() {
				snapshots += int(s.Size)
			}
			base := 0
			if b, err := w.store.Base(t.Context(), v.ID); err == nil {
				base = len(b.Data)
			}
			kept := (log + snapshots + base)
			t.Logf("%d revisions, %d changes; %d bytes changed; log %d, %d snapshots %d, base %d: %.2f times", len(all), v.record().Head, sum, log, len(v.snapshots()), snapshots, base, float64(kept)/float64(sum))
			stored, differed = stored+kept, differed+sum
			for i := range heads {
				began := time.Now()
				if _, err := w.service.At(t.Context(), v.ID, heads[i]); err == nil {
					if took := time.Since(began); took > 500*time.Millisecond {
						t.Errorf("revision %d took %v", i, took)
					}
				}
			}
		})
	}
	// Of them all: a small table in which little changes is kept whole each day.
	t.Logf("%d bytes are stored of %d that changed: %.2f times", stored, differed, float64(stored)/float64(differed))
	if stored > 3*differed {
		t.Errorf("%d bytes are stored of %d that changed", stored, differed)
	}
}

// become changes the map to another, as one who edits would, and returns what the rows of
// the log take.
func (v *writer) become(to *sysmap.Map) (size int) {
	v.t.Helper()
	const perChange = 20
	ops, _ := sysmap.Revert(v.State, to, sysmap.Scope{})
	var rows []store.Row
	for part := range slices.Chunk(ops, perChange) {
		at := v.now.UnixMilli()
		if err := v.State.Apply(part, sysmap.Stamp{By: id.Account{1}, At: at}); err != nil {
			v.t.Fatal(err)
		}
		n := v.record().Head + uint64(len(rows)) + 1
		rows = append(rows, store.Row{OpID: store.NewOpID(id.Client{1}, n), Actor: id.Account{1}, At: at, Data: seq.EncodeRow(part)})
		size += len(rows[len(rows)-1].Data) + rowOverhead
	}
	if len(rows) > 0 {
		v.Append(rows)
	}
	return size
}
