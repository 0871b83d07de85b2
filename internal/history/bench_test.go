package history

import (
	"math/rand/v2"
	"testing"

	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// large makes a map of so many cards in so many changes, as people do: most move cards
// and write.
func (w *world) large(cards, changes int) *writer {
	w.t.Helper()
	v := w.open(1)
	rng := rand.New(rand.NewPCG(1, 2))
	card := func(n int) id.Object { return id.Object{1, byte(n >> 16), byte(n >> 8), byte(n)} }
	var rows []store.Row
	made := 0
	for n := range changes {
		place := sysmap.Place{Order: sysmap.Between("", "", rng.Uint64()), X: int32(rng.IntN(1 << 20)), Y: int32(rng.IntN(1 << 20))}
		op := sysmap.Op{Kind: sysmap.OpPlace, Place: place}
		switch {
		case made < cards && (n%3 == 0 || changes-n <= cards-made):
			op = sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: card(made), Place: place, Title: "a card with a title"}
			if made > 50 {
				op.Place.Parent = card(rng.IntN(made / 10))
			}
			made++
		case n%3 == 1:
			op.ID = card(rng.IntN(made))
			op.Place.Parent = v.State.Get(op.ID).Place.Parent
		default:
			op = sysmap.Op{Kind: sysmap.OpSplice, ID: card(rng.IntN(made)), Field: sysmap.Title, Del: 1, Ins: string(rune('a' + n%26))}
		}
		ops := []sysmap.Op{op}
		if err := v.State.Apply(ops, sysmap.Stamp{By: id.Account{1}, At: int64(n)}); err != nil {
			w.t.Fatal(err)
		}
		rows = append(rows, store.Row{
			OpID: store.NewOpID(id.Client{1}, uint64(n)+1), Actor: id.Account{1}, At: int64(n), Data: seq.EncodeRow(ops),
		})
		if len(rows) == store.MaxCommitRows || n == changes-1 {
			v.Append(rows)
			rows = nil
		}
	}
	return v
}

// BenchmarkAt is the state of a map of 5,000 cards in the middle of 100,000 changes, from
// the beginning of its log and from a snapshot that is 200 changes older.
func BenchmarkAt(b *testing.B) {
	w := newWorld(b)
	v := w.large(5000, 100_000)
	at := func(b *testing.B, n uint64) {
		for b.Loop() {
			if _, err := w.service.At(b.Context(), v.ID, n); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("whole log", func(b *testing.B) { at(b, 100_000) })
	if err := w.service.Pin(b.Context(), v.ID, 99_700); err != nil {
		b.Fatal(err)
	}
	b.Run("snapshot and 200", func(b *testing.B) { at(b, 99_900) })
	b.Run("open", func(b *testing.B) {
		rec, err := w.store.Room(b.Context(), v.ID)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := w.service.Open(b.Context(), seq.Config{Map: v.ID}, rec); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("timeline", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.service.Timeline(b.Context(), v.ID, 0, 50); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("traces", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.service.Traces(b.Context(), v.ID, id.Object{1}, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
}
