package lease

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/id"
	"plectica/internal/store"
)

var (
	errNo = errors.New("no")
	here  = id.Map{1}
	who   = id.Account{2}
	key   = store.Ref{Sort: store.SortSession, ID: [id.Size]byte{3}}
	visit = store.Ref{Sort: store.SortVisit, ID: [id.Size]byte{4}}
)

func yes(context.Context) error { return nil }
func no(context.Context) error  { return errNo }

// TestWhoIsAskedAbout: AC-5. Only what a notice may concern is asked about, a key that
// has ended cuts whatever the answer, and what still may goes on.
func TestWhoIsAskedAbout(t *testing.T) {
	other := [id.Size]byte{9}
	for name, c := range map[string]struct {
		ref        store.Ref
		asked, cut bool // of what may go on
		nowhere    bool // asked, of what is in no map
	}{
		"their account":     {store.OfAccount(who), true, false, true},
		"another account":   {store.Ref{Sort: store.SortAccount, ID: other}, false, false, false},
		"the map":           {store.OfMap(here), true, false, false},
		"another map":       {store.Ref{Sort: store.SortMap, ID: other}, false, false, false},
		"some folder":       {store.Ref{Sort: store.SortFolder, ID: other}, true, false, false},
		"some organisation": {store.Ref{Sort: store.SortOrg, ID: other}, true, false, false},
		"some team":         {store.Ref{Sort: store.SortTeam, ID: other}, true, false, false},
		"their sign-in":     {key, false, true, false},
		"another sign-in":   {store.Ref{Sort: store.SortSession, ID: other}, false, false, false},
		"their link":        {visit, true, false, true},
		"another link":      {store.Ref{Sort: store.SortVisit, ID: other}, false, false, false},
		"another token":     {store.Ref{Sort: store.SortToken, ID: other}, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := New()
				var asks, cuts [3]int
				take := func(i int, m id.Map, ask func(context.Context) error) {
					d.Take(d.Mark(), Lease{Map: m, Account: who, Key: key, Also: visit,
						Ask: func(ctx context.Context) error { asks[i]++; return ask(ctx) }, Cut: func() { cuts[i]++ }})
				}
				take(0, here, yes)
				take(1, here, no)
				take(2, id.Map{}, yes)
				d.Recheck([]store.Ref{c.ref})
				synctest.Wait()
				if (asks[0] == 1) != c.asked || (cuts[0] == 1) != c.cut {
					t.Errorf("who may: asked %d times, cut %d times", asks[0], cuts[0])
				}
				if (cuts[1] == 1) != (c.asked || c.cut) {
					t.Errorf("who may not: cut %d times", cuts[1])
				}
				if (asks[2] == 1) != c.nowhere || (cuts[2] == 1) != c.cut {
					t.Errorf("in no map: asked %d times, cut %d times", asks[2], cuts[2])
				}
				left := 3 - cuts[0] - cuts[1] - cuts[2]
				if d.Len() != left {
					t.Errorf("%d leases kept, want %d", d.Len(), left)
				}
			})
		})
	}
}

// TestNothingIsMissedBeforeTake: what changes after somebody's rights were looked up
// and before the lease began is asked about.
func TestNothingIsMissedBeforeTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New()
		mark := d.Mark()
		d.Recheck([]store.Ref{store.OfMap(here)})
		cut := false
		d.Take(mark, Lease{Map: here, Ask: no, Cut: func() { cut = true }})
		synctest.Wait()
		if !cut {
			t.Error("it goes on")
		}
	})
}

// TestAnswerOfBefore: what is heard while somebody is asked about is asked about anew.
func TestAnswerOfBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New()
		n, cut := 0, false
		d.Take(d.Mark(), Lease{Map: here, Ask: func(context.Context) error {
			n++
			if n == 1 {
				time.Sleep(100 * time.Millisecond) // it said yes, and then things changed
				return nil
			}
			return errNo
		}, Cut: func() { cut = true }})
		d.Recheck([]store.Ref{store.OfMap(here)})
		synctest.Wait()
		for range 5 {
			d.Recheck([]store.Ref{store.OfMap(here)})
		}
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if n != 2 || !cut {
			t.Errorf("asked %d times, cut %v", n, cut)
		}
	})
}

// TestHeardWhileAsked: AC-5. The second counts from when a thing was heard, also when an
// answer of before is still awaited.
func TestHeardWhileAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New()
		n, cut := 0, false
		d.Take(d.Mark(), Lease{Map: here, Cut: func() { cut = true }, Ask: func(ctx context.Context) error {
			if n++; n == 1 {
				time.Sleep(600 * time.Millisecond) // a slow store, which still says yes
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}})
		d.Recheck([]store.Ref{store.OfMap(here)})
		synctest.Wait()
		d.Recheck([]store.Ref{store.OfMap(here)})
		time.Sleep(time.Second)
		synctest.Wait()
		if !cut {
			t.Error("it goes on a second later")
		}
	})
}

// TestWhoCannotBeLookedUpIsCut: AC-5. However many are asked about, and whether or not
// an answer comes, all is decided within a second, by a bounded number of questions.
func TestWhoCannotBeLookedUpIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New()
		var cuts, now, most atomic.Int64
		const many = 500
		for range many {
			d.Take(d.Mark(), Lease{Map: here, Cut: func() { cuts.Add(1) }, Ask: func(ctx context.Context) error {
				n := now.Add(1)
				defer now.Add(-1)
				most.Store(max(most.Load(), n))
				<-ctx.Done() // the store does not answer
				return ctx.Err()
			}})
		}
		d.Recheck([]store.Ref{store.OfMap(here)})
		time.Sleep(time.Second)
		synctest.Wait()
		if cuts.Load() != many || most.Load() > maxChecks || d.Len() != 0 {
			t.Errorf("cut %d of %d, %d asked at once, %d kept", cuts.Load(), many, most.Load(), d.Len())
		}
	})
}

// TestEndedIsNotCut: what has ended is left alone, also while it is being asked about.
func TestEndedIsNotCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New()
		cut := false
		end := d.Take(d.Mark(), Lease{Map: here, Key: key, Cut: func() { cut = true }, Ask: func(context.Context) error {
			time.Sleep(100 * time.Millisecond)
			return errNo
		}})
		d.Recheck([]store.Ref{store.OfMap(here)})
		synctest.Wait()
		end()
		d.Recheck([]store.Ref{key})
		time.Sleep(time.Second)
		synctest.Wait()
		if cut || d.Len() != 0 {
			t.Errorf("cut %v, %d kept", cut, d.Len())
		}
	})
}
