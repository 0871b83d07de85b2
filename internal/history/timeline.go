package history

import (
	"cmp"
	"context"
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	// pauseMillis without a change end a version, and so do spanMillis of changes.
	pauseMillis = 10 * 60 * 1000
	spanMillis  = 2 * 60 * 60 * 1000
	// MaxListed bounds how many versions are listed at once.
	MaxListed = 200
	// stridePage is how many changes are read at once, maxStrides in all for one list.
	stridePage = 5000
	maxStrides = 400_000
	// maxAuthors bounds who is named for one version, the busiest first.
	maxAuthors = 20
)

// Version is a stretch of a map's past, and what is to be seen of it: its last moment,
// and those before it unless it is sparse.
type Version struct {
	First, Seq   uint64
	Began, Ended int64 // milliseconds since 1970
	By           []id.Account
	Changes      int
	Name         string // if somebody gave it one
	Sparse       bool   // only its last moment is kept
}

// Timeline is a part of a map's versions, newest first.
type Timeline struct {
	Head     uint64
	Oldest   uint64 // every moment from here on is kept
	Versions []Version
	More     bool // there are older ones
}

// Timeline returns at most limit versions that end before a seq; 0 is all.
func (s *Source) Timeline(ctx context.Context, m id.Map, before uint64, limit int) (*Timeline, error) {
	if limit < 1 || limit > MaxListed {
		return nil, fault.New(fault.Invalid, "so many versions cannot be listed at once")
	}
	rec, err := s.Store.Room(ctx, m)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	base, err := s.base(ctx, m)
	if err != nil {
		return nil, err
	}
	t := &Timeline{Head: rec.Head, Oldest: base.Seq + 1}
	if base.Seq > 0 {
		t.Oldest = base.Seq
	}
	named, err := s.names(ctx, m)
	if err != nil {
		return nil, err
	}
	g := grouping{names: named, limit: limit}
	if before == 0 || before > rec.Head+1 {
		before = rec.Head + 1
	}
	if err := s.strides(ctx, m, base.Seq, before, &g); err != nil {
		return nil, err
	}
	if len(g.out) <= limit && !g.cut {
		if err := s.sparse(ctx, m, min(before, base.Seq+1), &g); err != nil {
			return nil, err
		}
	}
	t.More = len(g.out) > limit || g.cut
	t.Versions = g.out[:min(limit, len(g.out))]
	return t, nil
}

// names returns the names of a map's moments.
func (s *Source) names(ctx context.Context, m id.Map) (map[uint64]string, error) {
	list, err := s.Store.Versions(ctx, m)
	if err != nil {
		return nil, err
	}
	out := make(map[uint64]string, len(list))
	for _, v := range list {
		out[v.Seq] = v.Name
	}
	return out, nil
}

// strides groups changes after base and before a seq, newest first, until there are
// enough groups.
func (s *Source) strides(ctx context.Context, m id.Map, base, before uint64, g *grouping) error {
	for read := 0; before > base+1 && read < maxStrides && !g.enough(); {
		page, err := s.Store.Strides(ctx, m, before, stridePage)
		if err != nil {
			return err
		}
		for _, v := range page {
			if v.Seq <= base {
				break
			}
			if g.add(v); g.enough() {
				break
			}
		}
		if read += len(page); len(page) < stridePage {
			break
		}
		before = page[len(page)-1].Seq
		g.cut = read >= maxStrides && before > base+1 && !g.enough()
	}
	g.close()
	return nil
}

// sparse adds the moments that are kept from before the log begins.
func (s *Source) sparse(ctx context.Context, m id.Map, before uint64, g *grouping) error {
	if before <= 1 {
		return nil
	}
	list, err := s.Store.Snapshots(ctx, m, before, g.limit+1)
	if err != nil {
		return err
	}
	for _, v := range list {
		if !v.Damaged {
			g.out = append(g.out, Version{First: v.Seq, Seq: v.Seq, Began: v.At, Ended: v.At, Name: g.names[v.Seq], Sparse: true})
		}
	}
	return nil
}

// grouping makes versions of changes that come newest first.
type grouping struct {
	names map[uint64]string
	limit int
	out   []Version
	cut   bool // there are more changes than are read for one list
	open  bool
	count map[id.Account]int
}

// enough reports whether one more than limit are known, the last of them whole or not.
func (g *grouping) enough() bool { return len(g.out) > g.limit }

func (g *grouping) add(v store.Stride) {
	_, named := g.names[v.Seq]
	if g.open {
		last := &g.out[len(g.out)-1]
		if named || last.Began-v.At > pauseMillis || last.Ended-v.At > spanMillis {
			g.close()
		}
	}
	if !g.open {
		g.out = append(g.out, Version{Seq: v.Seq, Ended: v.At, Name: g.names[v.Seq]})
		g.open, g.count = true, make(map[id.Account]int)
	}
	last := &g.out[len(g.out)-1]
	last.First, last.Began = v.Seq, min(v.At, cmp.Or(last.Began, v.At))
	last.Changes++
	g.count[v.Actor]++
}

// close names who made the open version, the busiest first.
func (g *grouping) close() {
	if !g.open {
		return
	}
	last := &g.out[len(g.out)-1]
	for a := range g.count {
		last.By = append(last.By, a)
	}
	slices.SortFunc(last.By, func(a, b id.Account) int {
		return cmp.Or(cmp.Compare(g.count[b], g.count[a]), id.Compare(a, b))
	})
	last.By = last.By[:min(len(last.By), maxAuthors)]
	g.open = false
}
