package sysmap

import (
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/varint"
)

// MaxObjects bounds a snapshot: living and dead objects of all types.
const MaxObjects = 1 << 20

// AppendSnapshot encodes the whole state. Equal states have equal bytes, up to
// the stamps.
func (m *Map) AppendSnapshot(b []byte) []byte {
	b = varint.Uint(b, Version)
	ids := m.ids()
	b = varint.Uint(b, uint64(len(ids)))
	for _, k := range ids {
		b = appendObject(b, m.Get(k))
	}
	return b
}

func appendObject(b []byte, o *Object) []byte {
	b = varint.ID(b, o.ID)
	b = varint.Bool(append(b, byte(o.Type)), o.Dead)
	b = appendStamp(appendStamp(b, o.Created), o.Updated)
	if o.Type == Card {
		b = appendPlace(b, o.Place)
		b = varint.String(varint.String(b, o.Title), o.Body)
	} else {
		b = varint.ID(varint.ID(b, o.A), o.B)
	}
	return appendRegs(b, o.regs)
}

func appendStamp(b []byte, s Stamp) []byte { return varint.Int(varint.ID(b, s.By), s.At) }

func readStamp(r *varint.Reader) Stamp {
	return Stamp{By: varint.ReadID[id.Account](r), At: r.Int()}
}

// ReadSnapshot decodes a state and checks all of the model's invariants, because
// bytes may have been damaged or made by someone else. The error has kind
// fault.Invalid or fault.Schema.
func ReadSnapshot(r *varint.Reader) (*Map, error) {
	if v := r.Uint(); r.OK() && v != Version {
		return nil, fault.New(fault.Schema, "snapshot is of a version this program does not know")
	}
	m := New()
	n := r.Count(MaxObjects)
	list := make([]*Object, 0, n)
	for range n {
		o := readObject(r)
		if !r.OK() {
			break
		}
		if len(list) > 0 && id.Compare(list[len(list)-1].ID, o.ID) >= 0 {
			r.Fail()
			break
		}
		m.objs[o.ID] = o
		list = append(list, o)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	m.index(list)
	if err := m.acyclic(list); err != nil {
		return nil, err
	}
	for _, o := range list {
		m.settle(o.ID)
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	return m, nil
}

// index builds the indexes and counts of a fresh map, each list sorted once.
func (m *Map) index(list []*Object) {
	for _, o := range list { // by id, so lists of dependents come out sorted
		m.count++
		m.hash.add(hashObject(o))
		if o.Dead {
			m.dead++
		}
		switch {
		case o.Type == Card:
			m.kids[o.Place.Parent] = append(m.kids[o.Place.Parent], o.ID)
		case o.B == o.A || o.Type != Relationship:
			m.deps[o.A] = append(m.deps[o.A], o.ID)
		default:
			m.deps[o.A] = append(m.deps[o.A], o.ID)
			m.deps[o.B] = append(m.deps[o.B], o.ID)
		}
	}
	for _, kids := range m.kids {
		slices.SortFunc(kids, func(a, b id.Object) int { return siblings(m.objs[a], m.objs[b]) })
	}
}

func readObject(r *varint.Reader) *Object {
	o := &Object{ID: varint.ReadID[id.Object](r), Type: Type(r.Byte()), Dead: r.Bool()}
	o.Created, o.Updated = readStamp(r), readStamp(r)
	if o.Type == Card {
		o.Place = readPlace(r)
		o.Title, o.Body = r.String(MaxTitle), r.String(MaxBody)
	} else {
		o.A, o.B = varint.ReadID[id.Object](r), varint.ReadID[id.Object](r)
	}
	for _, g := range readRegs(r) {
		o.put(g.Field, g.Entry, g.Value)
	}
	return o
}
