package remedy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/ledger"
	"plectica/internal/lookout"
	"plectica/internal/share"
	"plectica/internal/store"
	"plectica/internal/watch"
)

// hands are what somebody may put back with. Those that are nil they may not.
type hands struct {
	org       store.OrgID // whose doing alone is put back; zero: all
	endLink   func(ctx context.Context, m id.Map, p store.PassID) error
	undelete  func(ctx context.Context, m id.Map) error
	endTokens func(ctx context.Context, whom id.Account, about func(store.TokenID) bool) (int, error)
	demote    func(ctx context.Context, whom id.Account) error
}

// undoable are the acts that are put back, or named for somebody to put back, by the kind of
// alert.
var undoable = map[watch.Kind][]string{
	watch.MassDeletion:   {"map.delete", "folder.delete", string(audit.MapPush)},
	watch.MassSharing:    {"map.link.make", "map.access.give", "map.invite", "folder.access.give", "folder.invite", "org.invite"},
	watch.PrivilegeRise:  {"people.operator", "org.access.give"},
	watch.SettingsWeaken: {"site.signup.change", "org.change"},
	watch.OpsRate:        {string(audit.MapPush)},
}

// undo ends links and puts back what somebody did, as far as it can be.
func (s *Service) undo(ctx context.Context, a *lookout.Alert, do watch.Answer, h hands) (d Done, err error) {
	if strings.HasPrefix(a.By, string(audit.Visitor)+":") {
		d.N, err = s.endVisit(ctx, a, h)
		return d, err
	}
	whom, err := s.account(ctx, a)
	if err != nil {
		return d, err
	}
	since := a.Since - goesBack.Milliseconds()
	if do == watch.RevokeLink || a.Kind == watch.MassSharing {
		if err := s.endLinks(ctx, whom, since, h, &d); err != nil {
			return d, err
		}
	}
	if do == watch.RevokeLink {
		n, err := s.endTokens(ctx, a, whom, h)
		d.N += n
		return d, err
	}
	err = s.each(ctx, a, since, h.org, &d, func(e *audit.Event) error { return s.putBack(ctx, a, e, h, &d) })
	return d, err
}

// endTokens ends the tokens by which it was done, if it was done by some.
func (s *Service) endTokens(ctx context.Context, a *lookout.Alert, whom id.Account, h hands) (int, error) {
	if h.endTokens == nil {
		return 0, nil
	}
	list, err := s.records(ctx, a)
	if err != nil {
		return 0, err
	}
	return h.endTokens(audit.In(ctx).Besides(ctx, "token.end", audit.OfAccount(whom)), whom, func(t store.TokenID) bool {
		name := audit.SessionOf(store.Ref{Sort: store.SortToken, ID: t})
		return slices.ContainsFunc(list, func(e audit.Event) bool { return e.Session == name })
	})
}

// endVisit ends the link by which a visitor came.
func (s *Service) endVisit(ctx context.Context, a *lookout.Alert, h hands) (n int, err error) {
	list, err := s.records(ctx, a)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(list, func(e audit.Event) bool { return e.By.Kind == audit.Visitor && !id.IsZero(e.By.ID) })
	if i < 0 {
		return 0, fault.New(fault.Gone, "whoever it was has gone, and the link with them")
	}
	p, err := s.c.Share.LinkOf(ctx, store.VisitID(list[i].By.ID))
	if err == nil {
		err = h.endLink(ctx, p.Map, p.ID)
	}
	if fault.Is(err, fault.NotFound) {
		return 0, nil // it has ended
	}
	return 1, err
}

// errElsewhere is what is no business of whoever answers.
var errElsewhere = fault.New(fault.NotFound, "this is in another organisation")

// endLinks ends what links somebody made. Those that are not for who asks to end are named.
func (s *Service) endLinks(ctx context.Context, whom id.Account, since int64, h hands, d *Done) error {
	links, err := s.c.Share.LinksBy(ctx, whom, since)
	if err != nil {
		return err
	}
	d.More = len(links) == share.MaxLinksBy
	for _, p := range links {
		on := audit.Of("map", p.Map)
		err := h.endLink(audit.In(ctx).Besides(ctx, "map.link.end", on), p.Map, p.ID)
		if err := d.did(err, on, p.Created); err != nil {
			return err
		}
	}
	return nil
}

// did counts something that was done, or names what was not: by whoever may not, or as it is no
// longer so.
func (d *Done) did(err error, on audit.Object, at int64) error {
	switch {
	case err == nil:
		d.N++
	case errors.Is(err, errElsewhere):
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Permission), fault.Is(err, fault.Conflict):
		d.leave(on, at)
	default:
		return err
	}
	return nil
}

// each calls fn for all that somebody did since a time which may be put back, the last first.
func (s *Service) each(ctx context.Context, a *lookout.Alert, since int64, o store.OrgID, d *Done, fn func(*audit.Event) error) error {
	acts := undoable[a.Kind]
	if len(acts) == 0 {
		return nil
	}
	q := ledger.Query{Since: since, By: a.By, Org: o, Acts: acts, Result: audit.OK}
	for range maxPages {
		found, err := s.c.Log.Search(ctx, q)
		if err != nil {
			return err
		}
		for i := range found.Events {
			if err := fn(&found.Events[i]); err != nil {
				return err
			}
		}
		if q.Before = found.Next; q.Before == 0 {
			return nil
		}
	}
	d.More = true
	return nil
}

// before is a moment before a record that is surely not after it, as records count in
// milliseconds.
const before = time.Millisecond

// putBack puts back what one record tells of.
func (s *Service) putBack(ctx context.Context, a *lookout.Alert, e *audit.Event, h hands, d *Done) error {
	at := e.At - before.Milliseconds()
	switch e.Act {
	case "map.delete":
		m, err := id.Parse[id.Map](e.On.ID)
		if err != nil {
			return nil //nolint:nilerr // it names no map
		}
		return d.did(h.undelete(audit.In(ctx).Besides(ctx, "map.undelete", e.On), m), e.On, at)
	case "people.operator":
		whom, err := id.Parse[id.Account](e.On.ID)
		if e.N("operator") == 0 || err != nil {
			return nil //nolint:nilerr // it gave nobody power, or nobody knows whom any more
		}
		if h.demote == nil {
			d.leave(e.On, at)
			return nil
		}
		on := audit.OfAccount(whom)
		return d.did(h.demote(audit.In(ctx).Besides(ctx, "people.operator", on), whom), on, at)
	case "map.link.make":
		return nil // ended above
	case audit.MapPush:
		if a.Kind == watch.MassDeletion && e.N("deleted") == 0 {
			return nil
		}
	}
	d.leave(audit.Object{Sort: e.On.Sort, ID: e.On.ID}, at)
	return nil
}
