package insight

import (
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// Bits of a filter as pages write it.
const (
	bitLinked   = 1
	bitUnlinked = 2
	bitUntyped  = 4
)

// maxTests bounds the attributes a filter asks for.
const maxTests = 64

// ReadFilter reads what a page looks for.
func ReadFilter(rd *varint.Reader) Filter {
	flags, colours := rd.Byte(), rd.Uint()
	f := Filter{Colours: uint16(colours & (1<<Colours - 1)), Linked: flags&bitLinked != 0,
		Unlinked: flags&bitUnlinked != 0, Untyped: flags&bitUntyped != 0}
	f.Attributes = make([]Test, rd.Count(maxTests))
	for i := range f.Attributes {
		t := &f.Attributes[i]
		t.Key, t.How, t.Text = rd.String(sysmap.MaxEntry), How(rd.Byte()), rd.String(sysmap.MaxText)
		if t.How > Equals {
			rd.Fail()
		}
	}
	return f
}

// Append writes the counts for a page.
func (f *Facets) Append(b []byte) []byte {
	b = varint.Uint(b, uint64(f.Cards))
	for _, n := range f.Colours {
		b = varint.Uint(b, uint64(n))
	}
	b = varint.Uint(varint.Uint(b, uint64(f.Linked)), uint64(f.Untyped))
	b = varint.Uint(b, uint64(len(f.Keys)))
	for i := range f.Keys {
		k := &f.Keys[i]
		b = varint.Uint(varint.String(b, k.Name), uint64(k.Cards))
		b = varint.Uint(b, uint64(len(k.Values)))
		for _, v := range k.Values {
			b = varint.Uint(varint.String(b, v.Text), uint64(v.Cards))
		}
	}
	return b
}
