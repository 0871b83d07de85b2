package operate

import (
	"context"
	"slices"

	"plectica/internal/audit"
	"plectica/internal/ledger"
	"plectica/internal/store"
)

// index compares by what blocks that lie together are found with what is in them: whoever took
// something away there would hide records from every search.
func (a *auditor) index(ctx context.Context, list []store.Block) error {
	if len(list) == 0 {
		return nil
	}
	first := list[0].N
	have := make([][]uint64, len(list))
	err := a.st.SeenKeys(ctx, first, first+uint64(len(list)), func(n, key uint64) { have[n-first] = append(have[n-first], key) })
	if err != nil {
		a.out.bad("by what blocks %d and on are found: %v", first, err)
		return nil
	}
	for i, b := range list {
		if len(b.Lines) == 0 {
			continue // nothing is left to be found
		}
		want, err := ledger.Keys(b.Lines)
		if err != nil {
			a.out.bad("block %d has a record that cannot be read", b.N)
			continue
		}
		slices.Sort(have[i])
		if slices.Equal(have[i], want) {
			continue
		}
		// Its records may have gone meanwhile, as old as they were.
		again, err := a.st.WholeBlocks(ctx, b.N, 1)
		if err != nil {
			return err
		}
		if len(again) == 0 || again[0].N != b.N || len(again[0].Lines) > 0 {
			a.out.bad("a search does not find all records of block %d", b.N)
		}
	}
	return nil
}

// subjects checks that what records call somebody follows from their key.
func (a *auditor) subjects(ctx context.Context) error {
	for after := store.Subject(""); ; {
		list, err := a.st.SubjectKeys(ctx, after, subjectPage)
		if err != nil {
			return err
		}
		for _, k := range list {
			if !audit.Fits(k) {
				a.out.bad("the key of a subject is not its own: records of somebody are somebody else's")
			}
			after = k.Subject
		}
		if len(list) < subjectPage {
			return nil
		}
	}
}

// subjectPage is how many subjects' keys are read at once.
const subjectPage = 1000
