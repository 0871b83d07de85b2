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
	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/lease"
	"plectica/internal/store"
	"plectica/internal/throttle"
)

const (
	// livePattern shows operators records as they come, orgLivePattern owners those of their
	// organisation.
	livePattern    = "GET " + api.Prefix + "/site/audit/live"
	orgLivePattern = "GET " + api.Prefix + "/orgs/{id}/audit/live"
	// mostLive is how many look on at once, liveEach those of one account.
	mostLive = 50
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

// looker is somebody who sees records as they come.
type looker struct {
	who   account.Who
	may   func(ctx context.Context) error // asked again all the time
	shows func(e *audit.Event) bool
}

// live registers the streams of records.
func (s *server) live(mux *table) {
	places := throttle.NewSlots(mostLive, liveEach)
	serve := func(find func(r *http.Request) (looker, error)) http.HandlerFunc {
		return note(func(w http.ResponseWriter, r *http.Request) {
			mark := s.Leases.Mark()
			l, err := find(r)
			if err == nil && s.Ledger == nil {
				err = fault.New(fault.Busy, "the audit log cannot be read now")
			}
			if err == nil && !places.Enter(l.who.Account.ID) {
				err = fault.New(fault.Busy, "too many look on at once; close another window")
			}
			if err != nil {
				s.fail(w, r, err)
				return
			}
			defer places.Leave(l.who.Account.ID)
			s.leased(w, r, mark, lease.Lease{Account: l.who.Account.ID, Key: l.who.Key(), Ask: l.may}, func(w http.ResponseWriter, r *http.Request) {
				s.stream(w, r, l)
			})
		})
	}
	mux.HandleFunc(livePattern, serve(s.siteLooker))
	mux.HandleFunc(orgLivePattern, serve(s.orgLooker))
}

// siteLooker is an operator, who sees everything.
func (s *server) siteLooker(r *http.Request) (l looker, err error) {
	if l.who, err = s.callers.Who(r.Context()); err != nil {
		return l, err
	}
	l.may = func(ctx context.Context) error { return s.callers.HoldsAsOperator(ctx, l.who) }
	l.shows = func(*audit.Event) bool { return true }
	return l, account.OperatorOnly(l.who)
}

// orgLooker is somebody who manages an organisation, and sees what concerns it.
func (s *server) orgLooker(r *http.Request) (l looker, err error) {
	if l.who, err = s.callers.Who(r.Context()); err != nil {
		return l, err
	}
	o, err := id.Parse[store.OrgID](r.PathValue("id"))
	if err != nil {
		return l, fault.New(fault.NotFound, "there is no such organisation")
	}
	asker := caller.Asker(r.Context(), l.who) // from where they are does not change meanwhile
	l.may = func(ctx context.Context) error {
		if err := s.callers.Holds(ctx, l.who); err != nil {
			return err
		}
		_, _, err := s.Orgs.Need(ctx, asker, store.OfOrg(o), authz.ManageOrg)
		return err
	}
	l.shows = func(e *audit.Event) bool { return e.Org == o }
	return l, l.may(r.Context())
}

// stream sends records as server-sent events, from where the looker was, or from now on.
func (s *server) stream(w http.ResponseWriter, r *http.Request, l looker) {
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
		// Who may no longer look hears of nothing more.
		if l.may(ctx) != nil {
			return
		}
		list, err := s.Ledger.Read(ctx, at, livePage)
		if err != nil {
			return // it is opened again, and tells why not
		}
		if ctl.SetWriteDeadline(time.Now().Add(livePatience)) != nil || ctl.SetReadDeadline(time.Time{}) != nil {
			return
		}
		sent := 0
		for i := range list {
			at = list[i].Seq + 1
			if !l.shows(&list[i]) {
				continue
			}
			b, err := json.Marshal(api.Record(ctx, &list[i], names))
			if err == nil {
				_, err = fmt.Fprintf(w, "id: %d\ndata: %s\n\n", list[i].Seq, b)
			}
			if err != nil {
				return
			}
			sent++
		}
		if sent == 0 {
			if _, err := fmt.Fprint(w, ":\n\n"); err != nil {
				return
			}
		}
		if ctl.Flush() != nil {
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
