package exchange

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"maps"
	"slices"

	"plectica/internal/attach"
	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/sysmap"
)

// MaxContents bounds the contents in a file, in bytes before they are written as text.
const MaxContents = 48 << 20

// content is the content of a file that a card has.
type content struct {
	Kind string `json:"kind"`
	Data []byte `json:"data"`
}

// Named returns the contents that cards name.
func Named(ops []sysmap.Op) map[blob.Hash]bool {
	out := make(map[blob.Hash]bool)
	for i := range ops {
		for _, g := range ops[i].Regs {
			if g.Field != sysmap.Media {
				continue
			}
			if h, err := blob.Parse(g.Entry); err == nil {
				out[h] = true
			}
		}
	}
	return out
}

// writeContents puts in the contents that cards name, and says which are missing.
func (f *file) writeContents(ops []sysmap.Op, files []attach.Carried) {
	named := Named(ops)
	for i := range files {
		if c := &files[i]; named[c.Hash] {
			if f.Files == nil {
				f.Files = make(map[string]content)
			}
			f.Files[c.Hash.String()] = content{c.Kind, c.Data}
			delete(named, c.Hash)
		}
	}
	for h := range named {
		f.Left = append(f.Left, h.String())
	}
	slices.Sort(f.Left)
}

// readContents returns the contents that cards name, in the order of their hashes.
func (f *file) readContents(ops []sysmap.Op) ([]attach.Carried, error) {
	named := Named(ops)
	var out []attach.Carried
	sum := 0
	for _, key := range slices.Sorted(maps.Keys(f.Files)) {
		c := f.Files[key]
		h, err := blob.Parse(key)
		if err != nil || sha256.Sum256(c.Data) != h {
			return nil, fault.New(fault.Invalid, "files: a content is not what its name says")
		}
		if sum += len(c.Data); sum > MaxContents {
			return nil, fault.New(fault.Limit, "the files in the map's file are too large")
		}
		if named[h] {
			out = append(out, attach.Carried{Hash: h, Kind: c.Kind, Data: c.Data})
		}
	}
	slices.SortFunc(out, func(a, b attach.Carried) int {
		return cmp.Or(cmp.Compare(len(a.Data), len(b.Data)), bytes.Compare(a.Hash[:], b.Hash[:]))
	})
	return out, nil
}
