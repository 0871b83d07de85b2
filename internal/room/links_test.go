package room

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// library hears where cards lead. It is safe for concurrent use.
type library struct {
	mu     sync.Mutex
	heard  [][]store.Link
	epochs []uint64
	err    error
	slow   time.Duration
}

func (l *library) take(ctx context.Context, _ id.Map, epoch uint64, links []store.Link) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard, l.epochs = append(l.heard, slices.Clone(links)), append(l.epochs, epoch)
	if l.slow > 0 {
		select {
		case <-time.After(l.slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return l.err
}

// wants checks what was heard in all.
func (l *library) wants(t *testing.T, what string, want ...[]store.Link) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if diff := cmp.Diff(want, l.heard); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
	l.heard = nil
}

func linkTo(n byte, text string) []sysmap.Op {
	return []sysmap.Op{{Kind: sysmap.OpSet, ID: id.Object{n}, Reg: sysmap.Reg{Field: sysmap.Link, Value: sysmap.TextValue(text)}}}
}

const soon = linksEvery + time.Second

// TestLinksFollowTheLog: FI-7. Where cards lead is told when a map was loaded and soon
// after a change that bears on it, once for several, and for no other.
func TestLinksFollowTheLog(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		l := &library{}
		b.rooms.cfg.Links = l.take
		to, in := id.Map{7}, id.Object{8}
		r, _ := b.guest(ctx, 1, authz.Edit)
		time.Sleep(soon)
		l.wants(t, "loaded", nil)
		do(t, r, card(1, "one"))
		do(t, r, card(2, strings.Repeat("é", store.MaxLinkTitle+5)))
		time.Sleep(soon)
		l.wants(t, "a card")
		do(t, r, linkTo(1, "map:"+to.String()))
		do(t, r, linkTo(2, "map:"+to.String()+"/"+in.String()))
		time.Sleep(linksEvery / 2)
		l.wants(t, "too soon")
		time.Sleep(soon)
		one := store.Link{Card: id.Object{1}, Title: "one", To: to}
		two := store.Link{Card: id.Object{2}, Title: strings.Repeat("é", store.MaxLinkTitle), To: to, ToCard: in}
		l.wants(t, "two links", []store.Link{one, two})
		do(t, r, []sysmap.Op{{Kind: sysmap.OpSet, ID: id.Object{1}, Reg: sysmap.Reg{Field: sysmap.Colour, Value: sysmap.IntValue(3)}}})
		time.Sleep(soon)
		l.wants(t, "a colour")
		do(t, r, []sysmap.Op{{Kind: sysmap.OpSplice, ID: id.Object{1}, Field: sysmap.Title, Pos: 0, Del: 3, Ins: "first"}})
		do(t, r, linkTo(2, "https://example.org"))
		time.Sleep(soon)
		one.Title = "first"
		l.wants(t, "a title, and a web link", []store.Link{one})
		do(t, r, []sysmap.Op{{Kind: sysmap.OpDel, ID: id.Object{1}}})
		time.Sleep(soon)
		l.wants(t, "the card is gone", nil)
		do(t, r, []sysmap.Op{{Kind: sysmap.OpUndel, ID: id.Object{1}}})
		time.Sleep(soon)
		l.wants(t, "and is back", []store.Link{one})
		settled(t, r)
	})
}

// TestLinksHealAtTheNextLoad: FI-7. What a crash kept from being told is told when the
// map is loaded again, under the new epoch.
func TestLinksHealAtTheNextLoad(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		l := &library{}
		b.rooms.cfg.Links = l.take
		to := id.Map{7}
		r, _ := b.guest(ctx, 1, authz.Edit)
		time.Sleep(soon)
		l.wants(t, "loaded", nil)
		do(t, r, append(card(1, "one"), linkTo(1, "map:"+to.String())...))
		time.Sleep(linksEvery / 2)
		b.fail.Store(true)
		do(t, r, card(2, "two")) // its outcome is unknown: the room is dropped
		time.Sleep(time.Minute)
		l.wants(t, "loaded again", []store.Link{{Card: id.Object{1}, Title: "one", To: to}})
		if n := len(l.epochs); n != 2 || l.epochs[0] >= l.epochs[1] {
			t.Errorf("epochs %v", l.epochs)
		}
		settled(t, r)
	})
}

// TestLinksThatCannotBeTold: they are told again later, the map goes on meanwhile; a
// map that has another owner is told of by that; and a slow store holds up nobody, not
// even a room that ends.
func TestLinksThatCannotBeTold(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		l := &library{err: errors.New("disk full")}
		b.rooms.cfg.Links = l.take
		r, _ := b.guest(ctx, 1, authz.Edit)
		time.Sleep(soon)
		l.wants(t, "the first try", nil)
		do(t, r, card(1, "one"))
		settled(t, r)
		time.Sleep(linksRetry)
		l.wants(t, "the second", nil)
		l.mu.Lock()
		l.err = fault.New(fault.Lost, "another server has it")
		l.mu.Unlock()
		time.Sleep(linksRetry)
		l.wants(t, "the third", nil)
		time.Sleep(3 * linksRetry)
		l.wants(t, "no more")
		l.mu.Lock()
		l.err, l.slow = nil, 8*time.Second
		l.mu.Unlock()
		to := id.Map{7}
		do(t, r, linkTo(1, "map:"+to.String()))
		time.Sleep(soon)
		do(t, r, linkTo(1, "map:"+id.Map{9}.String()))
		settled(t, r)
		time.Sleep(20 * time.Second)
		l.wants(t, "one after the other", []store.Link{{Card: id.Object{1}, Title: "one", To: to}},
			[]store.Link{{Card: id.Object{1}, Title: "one", To: id.Map{9}}})
		do(t, r, linkTo(1, ""))
		time.Sleep(soon) // the store is at it, and the bench ends
	})
}
