package archive

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"filippo.io/age"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
)

// Verify reads an archive from its first byte to its last: every part is what was
// written, every map's log folds to the state hash that the database had, every content
// that a map names is there. The error says what keeps it from being read; findings what
// else is wrong.
func Verify(ctx context.Context, from io.Reader, keys []age.Identity, share float64) (*Manifest, *Findings, error) {
	c := &checker{finds: &Findings{}, maps: make(map[string]Map), blobs: make(map[blob.Hash]bool)}
	m, err := read(ctx, from, keys, c, c.finds, NewPace(share))
	return m, c.finds, err
}

// checker is a sink that keeps nothing.
type checker struct {
	finds *Findings
	at    id.Map // the map that is being folded
	room  *seq.Room
	ops   uint64
	bad   bool
	maps  map[string]Map
	blobs map[blob.Hash]bool // named by maps; true: they are there
}

func (c *checker) head(Head) error { return nil }

func (c *checker) part(e entry, p Part, r io.Reader) error {
	if e.kind != isMap && e.kind != isBase {
		c.settle()
	}
	switch e.kind {
	case isTable:
		return c.table(e.table, p, r)
	case isMap, isBase:
		return c.log(e, p, r)
	case isBlob:
		if _, named := c.blobs[e.hash]; named {
			c.blobs[e.hash] = true
		}
	case isSnapshot, isFile:
	}
	return nil
}

// wholePart reads a part into memory.
func wholePart(p Part, r io.Reader) ([]byte, error) {
	if p.Size > maxPart {
		return nil, fault.New(fault.Internal, "a part of the archive is larger than any is")
	}
	return io.ReadAll(r)
}

// readTable calls each with the values of every row.
func readTable(p Part, r io.Reader, name string, each func(t store.Table, values []any) error) error {
	b, err := wholePart(p, r)
	if err != nil {
		return err
	}
	t := store.Table{Name: name}
	return lines(b, func(line []byte) error {
		if t.Columns == nil {
			if err := json.Unmarshal(line, &t.Columns); err != nil || len(t.Columns) == 0 {
				return fault.New(fault.Internal, "a table without columns")
			}
			return nil
		}
		values, err := readValues(line, len(t.Columns))
		if err != nil {
			return err
		}
		return each(t, values)
	})
}

func (c *checker) table(name string, p Part, r io.Reader) error {
	err := readTable(p, r, name, func(t store.Table, values []any) error {
		if name != "file" {
			return nil
		}
		h, ok := column(t, values, "hash").([]byte)
		if !ok || len(h) != len(blob.Hash{}) {
			return fault.New(fault.Internal, "a file without the hash of its content")
		}
		c.blobs[blob.Hash(h)] = false
		return nil
	})
	return c.note(p, err)
}

// note makes damage inside a part a finding; all else ends the reading.
func (c *checker) note(p Part, err error) error {
	if fault.Is(err, fault.Internal) {
		c.finds.Add("%s: %v", p.Name, err)
		return nil
	}
	return err
}

// log folds a part of a map's log.
func (c *checker) log(e entry, p Part, r io.Reader) error {
	if e.of != c.at {
		c.settle()
		c.at, c.ops, c.bad = e.of, 0, false
		c.room = seq.New(seq.Config{Map: e.of}, 0)
	}
	var err error
	if e.kind == isBase {
		err = readTable(p, r, baseTable, func(t store.Table, values []any) (err error) {
			c.room, err = history.Begin(seq.Config{Map: e.of}, 0, baseOf(t, values))
			return err
		})
	} else {
		err = c.fold(p, r)
	}
	if fault.Is(err, fault.Internal) {
		c.bad = true
		c.finds.Add("map %v: %v", e.of, err)
		return nil
	}
	return err
}

func (c *checker) fold(p Part, r io.Reader) error {
	b, err := wholePart(p, r)
	if err != nil {
		return err
	}
	return lines(b, func(line []byte) error {
		row, err := readOp(line)
		if err != nil {
			return err
		}
		c.ops++
		if c.bad {
			return nil // it was said why
		}
		return c.room.Load(row)
	})
}

// baseOf reads a row of the table of bases.
func baseOf(t store.Table, values []any) store.Base {
	at, _ := column(t, values, "seq").(int64)
	when, _ := column(t, values, "at").(int64)
	data, _ := column(t, values, "data").([]byte)
	return store.Base{Seq: uint64(at), At: when, Data: data}
}

// settle notes what the map before folded to.
func (c *checker) settle() {
	if c.room == nil {
		return
	}
	hash := c.room.State().Hash().Bytes()
	c.maps[c.at.String()] = Map{ID: c.at.String(), Head: c.room.Head(), Ops: c.ops, Hash: Hex(hash[:])}
	if c.bad {
		delete(c.maps, c.at.String())
	} else if err := c.room.State().Check(); err != nil {
		c.finds.Add("map %v: %v", c.at, err)
	}
	c.room, c.at = nil, id.Map{}
}

// end compares with the manifest.
func (c *checker) end(m *Manifest) error {
	c.settle()
	none := seq.New(seq.Config{}, 0).State().Hash().Bytes()
	for _, want := range m.Maps {
		got, ok := c.maps[want.ID]
		if !ok && want.Ops == 0 && want.Head == 0 {
			got, ok = Map{ID: want.ID, Hash: want.Hash}, want.Hash == Hex(none[:]) || want.Hash == Hex(make([]byte, len(none)))
		}
		switch {
		case !ok:
			c.finds.Add("map %s cannot be folded", want.ID)
		case got != want:
			c.finds.Add("map %s: %d changes up to %d that lead to state %s, not %d up to %d that lead to %s", want.ID, got.Ops, got.Head, got.Hash, want.Ops, want.Head, want.Hash)
		}
		delete(c.maps, want.ID)
	}
	for name := range c.maps {
		c.finds.Add("map %s is not in the manifest", name)
	}
	missing := make(map[string]bool, len(m.Missing))
	for _, name := range m.Missing {
		missing[name] = true
	}
	for _, p := range m.Parts {
		if h, ok := strings.CutPrefix(p.Name, blobDir); ok && h != p.Sum {
			c.finds.Add("content %s is another than its name says", h)
		}
	}
	for h, here := range c.blobs {
		if !here && !missing[h.String()] {
			c.finds.Add("content %v is missing", h)
		}
	}
	return nil
}
