package ledger

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"plectica/internal/fault"
	"plectica/internal/merkle"
	"plectica/internal/store"
)

const (
	// blockLevel is the level of blocks' roots in the tree; groupLevel that of the roots
	// which are kept in memory: 32 bytes for each 65,536 records.
	blockLevel = 8
	groupLevel = 16
	// maxLevel bounds what is asked for: a tree has fewer than 2^62 records.
	maxLevel = 62
)

// hashes reads the tree's hashes for tlog's proofs.
type hashes struct {
	ctx context.Context
	l   *Ledger
}

// ReadHashes implements tlog.HashReader.
func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		v, err := h.l.hash(h.ctx, level, uint64(n))
		if err != nil {
			return nil, err
		}
		out[i] = tlog.Hash(v)
	}
	return out, nil
}

// hash is the root of the complete tree of the records n<<level and on, 1<<level of them.
func (l *Ledger) hash(ctx context.Context, level int, n uint64) (merkle.Hash, error) {
	switch {
	case level < 0 || level > maxLevel:
		return merkle.Hash{}, fault.New(fault.Invalid, "there is no such part of the log")
	case level >= groupLevel:
		return l.ofGroups(ctx, level, n)
	case level < blockLevel:
		return l.ofLines(ctx, n<<level, 1<<level)
	}
	first, count := n<<(level-blockLevel), uint64(1)<<(level-blockLevel)
	list, err := l.c.Store.Blocks(ctx, first, int(count))
	if err != nil {
		return merkle.Hash{}, err
	}
	var edge merkle.Edge
	for i, b := range list {
		if b.N != first+uint64(i) {
			break
		}
		edge.Add(merkle.Hash(b.Hash))
	}
	for edge.Size() < count { // not folded yet
		h, err := l.ofLines(ctx, (first+edge.Size())*store.AuditBlock, store.AuditBlock)
		if err != nil {
			return merkle.Hash{}, err
		}
		edge.Add(h)
	}
	return edge.Root(), nil
}

// ofLines is the root of records that are still there.
func (l *Ledger) ofLines(ctx context.Context, first, count uint64) (merkle.Hash, error) {
	got, err := l.c.Store.AuditLines(ctx, first, int(count))
	if err != nil {
		return merkle.Hash{}, err
	}
	if uint64(len(got.Lines)) < count {
		return merkle.Hash{}, fault.New(fault.Invalid, "the log is not that long")
	}
	var edge merkle.Edge
	for _, line := range got.Lines[:count] {
		edge.Add(merkle.Leaf(line))
	}
	return edge.Root(), nil
}

// ofGroups is the root of many blocks, from what is kept in memory.
func (l *Ledger) ofGroups(ctx context.Context, level int, n uint64) (merkle.Hash, error) {
	first, count := n<<(level-groupLevel), uint64(1)<<(level-groupLevel)
	for {
		l.mu.Lock()
		have := uint64(len(l.groups))
		if have >= first+count {
			var edge merkle.Edge
			for _, h := range l.groups[first : first+count] {
				edge.Add(h)
			}
			l.mu.Unlock()
			return edge.Root(), nil
		}
		l.mu.Unlock()
		h, err := l.hash(ctx, groupLevel-1, 2*have)
		if err != nil {
			return merkle.Hash{}, err
		}
		other, err := l.hash(ctx, groupLevel-1, 2*have+1)
		if err != nil {
			return merkle.Hash{}, err
		}
		l.mu.Lock()
		if uint64(len(l.groups)) == have { // nobody was faster
			l.groups = append(l.groups, merkle.Node(h, other))
		}
		l.mu.Unlock()
	}
}

// rootAt is the root of the first so many records.
func (l *Ledger) rootAt(ctx context.Context, size uint64) (merkle.Hash, error) {
	h, err := tlog.TreeHash(int64(size), hashes{ctx, l})
	return merkle.Hash(h), proofError(err)
}

func proofError(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.KindOf(err), "prove something of the audit log", err)
}

// Inclusion proves that a record is in the log as far as it was at a size: RFC 6962,
// section 2.1.1. It returns fault.Invalid for one that is not, and fault.Gone when the
// records around it are older than they are kept.
func (l *Ledger) Inclusion(ctx context.Context, seq, size uint64) (line []byte, path []merkle.Hash, err error) {
	if err := l.within(ctx, size); err != nil {
		return nil, nil, err
	}
	if seq >= size {
		return nil, nil, fault.New(fault.Invalid, "the log has no such record")
	}
	got, err := l.c.Store.AuditLines(ctx, seq, 1)
	if err != nil {
		return nil, nil, err
	}
	if len(got.Lines) == 0 {
		return nil, nil, fault.New(fault.Internal, "the audit log lacks a record")
	}
	p, err := tlog.ProveRecord(int64(size), int64(seq), hashes{ctx, l})
	if err != nil {
		return nil, nil, proofError(err)
	}
	return got.Lines[0], pathOf(p), nil
}

// Consistency proves that the log at a size begins with what it was at an earlier one: RFC
// 6962, section 2.1.2. Errors are as with Inclusion.
func (l *Ledger) Consistency(ctx context.Context, from, to uint64) ([]merkle.Hash, error) {
	if err := l.within(ctx, to); err != nil {
		return nil, err
	}
	if from > to {
		return nil, fault.New(fault.Invalid, "the log only grows: the earlier size is the smaller one")
	}
	if from == 0 || from == to {
		return nil, nil
	}
	p, err := tlog.ProveTree(int64(to), int64(from), hashes{ctx, l})
	return pathOf(p), proofError(err)
}

// within refuses a size that the log has not come to.
func (l *Ledger) within(ctx context.Context, size uint64) error {
	head, err := l.c.Store.AuditHead(ctx)
	if err == nil && size > head.Size {
		return fault.New(fault.Invalid, "the log is not that long")
	}
	return err
}

func pathOf(list []tlog.Hash) []merkle.Hash {
	out := make([]merkle.Hash, len(list))
	for i, h := range list {
		out[i] = merkle.Hash(h)
	}
	return out
}
