package operate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"plectica/internal/audit"
	"plectica/internal/id"
	"plectica/internal/store"
)

// BenchmarkAuditWrite is how many records a second are on disk, sealed and in the tree, with
// many who each wait for their own, and with the ledger folding and signing beside them.
func BenchmarkAuditWrite(b *testing.B) {
	for _, writers := range []int{64, 512} {
		b.Run(map[int]string{64: "64", 512: "512"}[writers], func(b *testing.B) {
			k := newLogged(b, 0)
			k.now = time.Now()
			c := store.NewCommitter(k.st)
			ctx, stop := context.WithCancel(b.Context())
			var background sync.WaitGroup
			background.Go(func() { c.Run(ctx) })
			background.Go(func() { k.ledger.Run(ctx) })
			log := audit.New(audit.Config{Store: k.st, Append: c.Append})
			// Who has an account: a key is kept for nobody else (TestErased says why), so each
			// record of theirs would wait for the looking it up.
			for w := range writers {
				a := store.Account{ID: writer(w), Email: fmt.Sprintf("%d@example.test", w)}
				if err := k.st.CreateAccount(b.Context(), store.NewAccount{Account: a}); err != nil {
					b.Fatal(err)
				}
			}
			b.ResetTimer()
			var all sync.WaitGroup
			for w := range writers {
				all.Go(func() {
					for range (b.N + writers - 1) / writers {
						e := &audit.Event{
							Act: "map.read", By: audit.Who{Kind: audit.Person, ID: writer(w)}, On: audit.Of("map", id.Map{byte(w)}),
							From: audit.From{Addr: netip.AddrFrom4([4]byte{192, 0, 2, byte(w)}), Agent: "Firefox"}, Request: "0123456789abcdef", Session: "0123456789abcdef",
						}
						if err := log.Write(b.Context(), e); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
			stop()
			background.Wait()
		})
	}
}

// writer is the account of the nth who writes.
func writer(n int) id.Account { return id.Account{byte(n), byte(n >> 8), 1} }

// BenchmarkAuditVerify is how many records a second are checked.
func BenchmarkAuditVerify(b *testing.B) {
	const records = 500_000
	k := newLogged(b, 0)
	e := &audit.Event{
		Act: "map.read", By: audit.Who{Kind: audit.Person, ID: id.Account{1}}, On: audit.Of("map", id.Map{1}),
		From: audit.From{Addr: netip.MustParseAddr("192.0.2.1"), Agent: "Firefox"}, Request: "0123456789abcdef", Session: "0123456789abcdef",
	}
	for range records / 5000 {
		var n store.Note
		for range 5000 {
			more, err := k.log.Note(b.Context(), e)
			if err != nil {
				b.Fatal(err)
			}
			n.Lines, n.Keys = append(n.Lines, more.Lines...), append(n.Keys, more.Keys...)
		}
		if err := errors.Join(k.log.Append(b.Context(), store.Batch{Note: n})); err != nil {
			b.Fatal(err)
		}
	}
	for range records/store.AuditBlock/64 + 1 {
		if err := k.ledger.Tend(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		got, err := VerifyAudit(b.Context(), k.config, "")
		if err != nil || len(got.Bad) > 0 || got.Records < records {
			b.Fatalf("%+v, %v", got, err)
		}
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
