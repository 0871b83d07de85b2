package room

import (
	"context"
	"log/slog"
	"time"
	"unicode/utf8"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// How soon it is told where a map's cards lead.
const (
	linksEvery   = 2 * time.Second // after the map was loaded, and after a change
	linksRetry   = time.Minute     // after it could not be told
	linksTimeout = 10 * time.Second
)

// links tells the store which cards lead to other maps. That is derived from the
// log: what a crash keeps from being told is told when the map is loaded again.
type links struct {
	timer *time.Timer
	due   bool       // the timer runs
	any   bool       // some card leads somewhere, as far as was told
	head  uint64     // up to which changes were looked at
	told  chan error // an answer of the store; capacity 1
	busy  bool       // one is awaited
	stop  context.CancelFunc
	ctx   context.Context //nolint:containedctx // of what runs beside the room, which ends it
}

// startLinks begins with what the log came to.
func (r *room) startLinks(ctx context.Context) {
	l := &r.links
	l.told = make(chan error, 1)
	l.ctx, l.stop = context.WithCancel(ctx)
	l.head, l.due, l.any = r.seq.Head(), r.rooms.cfg.Links != nil, true
	l.timer = time.NewTimer(linksEvery)
	if !l.due {
		l.timer.Stop()
	}
}

// endLinks waits for what runs beside the room.
func (r *room) endLinks() {
	r.links.timer.Stop()
	r.links.stop()
	if r.links.busy {
		<-r.links.told
	}
}

// noteLinks looks at what was committed for anything that bears on links.
func (r *room) noteLinks() {
	l := &r.links
	if r.rooms.cfg.Links == nil || l.head == r.seq.Head() {
		return
	}
	found := l.head < r.seq.Oldest() // forgotten already
	r.seq.Committed(l.head, func(ops []sysmap.Op) {
		for i := range ops {
			found = found || bears(&ops[i], l.any)
		}
	})
	l.head = r.seq.Head()
	if found && !l.due {
		l.due = true
		l.timer.Reset(linksEvery)
	}
}

// bears reports whether an op may change where cards lead; any says that some do.
func bears(op *sysmap.Op, any bool) bool {
	switch op.Kind {
	case sysmap.OpSet:
		return op.Reg.Field == sysmap.Link
	case sysmap.OpPut:
		for _, r := range op.Regs {
			if r.Field == sysmap.Link {
				return true
			}
		}
	case sysmap.OpUndel:
		return true
	case sysmap.OpDel:
		return any
	case sysmap.OpSplice:
		return any && op.Field == sysmap.Title
	}
	return false
}

// tellLinks tells the store where cards lead now, beside the room.
func (r *room) tellLinks() {
	l := &r.links
	if l.busy { // its answer comes first
		l.timer.Reset(linksEvery)
		return
	}
	l.due = false
	list := linksOf(r.seq.State())
	l.busy, l.any = true, len(list) > 0
	ctx, epoch := l.ctx, r.seq.Epoch()
	go func() {
		ctx, cancel := context.WithTimeout(ctx, linksTimeout)
		defer cancel()
		l.told <- r.rooms.cfg.Links(ctx, r.id, epoch, list)
	}()
}

// linksTold takes the store's answer. Under another epoch it is for others to tell.
func (r *room) linksTold(ctx context.Context, err error) {
	r.links.busy = false
	if err == nil || fault.Is(err, fault.Lost) {
		return
	}
	r.rooms.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "links of a map not written", slog.String("error", err.Error()))
	r.links.due = true
	r.links.timer.Reset(linksRetry)
}

// linksOf returns the cards that lead to maps, the first of them in the order of the
// map.
func linksOf(m *sysmap.Map) (out []store.Link) {
	m.Walk(func(o *sysmap.Object) bool {
		if v := o.Get(sysmap.Link); v.Kind == sysmap.Text {
			if to, ok := sysmap.ParseMapLink(v.S); ok {
				out = append(out, store.Link{Card: o.ID, Title: short(o.Title), To: to.Map, ToCard: to.Card})
			}
		}
		return len(out) < store.MaxLinks
	})
	return out
}

// short cuts a title to what is kept of it.
func short(title string) string {
	if utf8.RuneCountInString(title) <= store.MaxLinkTitle {
		return title
	}
	return string([]rune(title)[:store.MaxLinkTitle])
}

// Links tells a store which cards of a map lead to which maps.
type Links func(ctx context.Context, from id.Map, epoch uint64, links []store.Link) error
