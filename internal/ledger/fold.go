package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/merkle"
	"plectica/internal/store"
)

// fold makes blocks of the records that fill one.
func (l *Ledger) fold(ctx context.Context) error {
	if l.folded == 0 {
		n, err := l.lastBlock(ctx)
		if err != nil {
			return err
		}
		l.folded = n
	}
	for range foldPage {
		head, err := l.c.Store.AuditHead(ctx)
		if err != nil {
			return err
		}
		if head.Size < (l.folded+1)*store.AuditBlock {
			return nil
		}
		got, err := l.c.Store.AuditLines(ctx, l.folded*store.AuditBlock, store.AuditBlock)
		if err != nil {
			return err
		}
		if len(got.Lines) < store.AuditBlock {
			return fault.New(fault.Internal, "the audit log lacks records")
		}
		b, keys, err := blockOf(l.folded, got.Lines[:store.AuditBlock])
		if err != nil {
			return err
		}
		if err := l.c.Store.FoldAudit(ctx, b, keys); err != nil {
			l.folded = 0 // it may be there: it is looked up again
			return err
		}
		l.folded++
	}
	return nil
}

// lastBlock returns how many blocks there are.
func (l *Ledger) lastBlock(ctx context.Context) (uint64, error) {
	b, err := l.c.Store.LastBlock(ctx)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	return b.N + 1, err
}

// blockOf makes a block of records, and the keys it is found by.
func blockOf(n uint64, lines [][]byte) (store.Block, []uint64, error) {
	b := store.Block{N: n, Lines: lines}
	var edge merkle.Edge
	var v seen
	for i, line := range lines {
		edge.Add(merkle.Leaf(line))
		s, err := audit.Skim(line)
		if err != nil {
			return b, nil, err
		}
		if i == 0 {
			b.At = s.At
		}
		if s.Result != audit.OK {
			b.Bad++
		}
		v.add(s)
	}
	b.Hash = store.Hash(edge.Root())
	return b, v.keys(), nil
}

// The sorts of what a block is found by, with how their keys begin.
const (
	seenBy = iota
	seenOn
	seenOrg
	seenAct
	seenSession
)

var seenNames = [...]string{seenBy: "by ", seenOn: "on ", seenOrg: "org ", seenAct: "act ", seenSession: "ses "}

// seen is by what the records of a block are found, each sort for itself.
type seen [len(seenNames)]map[string]bool

func (v *seen) add(s audit.Skimmed) {
	v.note(seenBy, s.By)
	v.note(seenOn, s.On)
	v.note(seenOn, s.To)
	v.note(seenOrg, s.Org)
	v.note(seenAct, string(s.Act))
	v.note(seenSession, s.Session)
}

func (v *seen) note(sort int, text string) {
	if v[sort] == nil {
		v[sort] = map[string]bool{}
	}
	if !v[sort][text] {
		v[sort][text] = true
	}
}

// keys are those that there are, in order.
func (v *seen) keys() (keys []uint64) {
	for sort, texts := range v {
		for text := range texts {
			keys = append(keys, keyOf(seenNames[sort]+text))
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	return keys[:min(len(keys), store.MaxAuditKeys)]
}

// Keys are those by which a block of records is found, in order.
func Keys(lines [][]byte) ([]uint64, error) {
	var v seen
	for _, line := range lines {
		s, err := audit.Skim(line)
		if err != nil {
			return nil, err
		}
		v.add(s)
	}
	return v.keys(), nil
}

// keyOf is what a block is found by that has a record with something.
func keyOf(text string) uint64 {
	h := sha256.Sum256([]byte(text))
	return binary.BigEndian.Uint64(h[:8])
}
