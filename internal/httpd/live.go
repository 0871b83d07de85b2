package httpd

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"plectica/internal/account"
	"plectica/internal/api"
	"plectica/internal/fault"
	"plectica/internal/lease"
	"plectica/internal/problem"
)

const (
	// livePattern shows operators records as they come.
	livePattern = "GET " + api.Prefix + "/site/audit/live"
	// mostLive is how many look on at once, liveEach those of one account.
	mostLive = 20
	liveEach = 4
	// livePage is how many records go at once, and liveGap how long nothing follows then.
	livePage = 200
	liveGap  = 500 * time.Millisecond
	// livePulse is how often something goes when there is nothing, so that both sides know
	// of each other; livePatience is how long that may take.
	livePulse    = 15 * time.Second
	livePatience = 10 * time.Second
	// liveBehind is how many records back somebody begins at most who was away.
	liveBehind = 1000
)

// live registers the stream of records.
func (s *server) live(mux *table) {
	lookers := newSlots(mostLive, liveEach)
	mux.HandleFunc(livePattern, note(func(w http.ResponseWriter, r *http.Request) {
		mark := s.Leases.Mark()
		who, err := s.callers.Who(r.Context())
		if err == nil {
			err = account.OperatorOnly(who)
		}
		switch {
		case err != nil:
			s.fail(w, r, err)
			return
		case s.Ledger == nil:
			problem.Of(fault.New(fault.Busy, "the audit log cannot be read now")).Write(w)
			return
		case !lookers.enter(who.Account.ID):
			s.fail(w, r, fault.New(fault.Busy, "too many look on at once; close another window"))
			return
		}
		defer lookers.leave(who.Account.ID)
		l := lease.Lease{Account: who.Account.ID, Key: who.Key(), Ask: func(ctx context.Context) error {
			return s.callers.HoldsAsOperator(ctx, who)
		}}
		s.leased(w, r, mark, l, func(w http.ResponseWriter, r *http.Request) { s.stream(w, r, who) })
	}))
}

// stream sends records as server-sent events, from where the looker was, or from now on.
func (s *server) stream(w http.ResponseWriter, r *http.Request, who account.Who) {
	ctx, ctl := r.Context(), http.NewResponseController(w)
	at, err := s.Ledger.Head(ctx)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if last, err := strconv.ParseUint(r.Header.Get("Last-Event-Id"), 10, 63); err == nil && last < at {
		at = max(last+1, at-min(at, liveBehind))
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	names := api.NewNames(s.Accounts)
	for {
		news := s.Ledger.News() // before it is read, or something could come in between
		// Who is no operator any more hears of nothing more.
		if s.callers.HoldsAsOperator(ctx, who) != nil {
			return
		}
		list, err := s.Ledger.Read(ctx, at, livePage)
		if err != nil {
			return // it is opened again, and tells why not
		}
		if ctl.SetWriteDeadline(time.Now().Add(livePatience)) != nil || ctl.SetReadDeadline(time.Time{}) != nil {
			return
		}
		if len(list) == 0 {
			_, err = fmt.Fprint(w, ":\n\n")
		}
		for i := range list {
			var b []byte
			if b, err = json.Marshal(api.Record(ctx, &list[i], names)); err == nil {
				_, err = fmt.Fprintf(w, "id: %d\ndata: %s\n\n", list[i].Seq, b)
			}
			if err != nil {
				return
			}
			at = list[i].Seq + 1
		}
		if err != nil || ctl.Flush() != nil {
			return
		}
		// Of HTTP/2 a deadline that passes ends a stream, also one that nothing is written to.
		if ctl.SetWriteDeadline(time.Time{}) != nil || !rest(ctx, news, len(list) > 0) {
			return
		}
	}
}

// rest waits until there is more, but not less than a while after something went; false: it
// is over.
func rest(ctx context.Context, news <-chan struct{}, sent bool) bool {
	if sent {
		gap := time.NewTimer(liveGap)
		defer gap.Stop()
		select {
		case <-gap.C:
		case <-ctx.Done():
			return false
		}
	}
	pulse := time.NewTimer(livePulse)
	defer pulse.Stop()
	select {
	case <-news:
	case <-pulse.C:
	case <-ctx.Done():
		return false
	}
	return true
}
