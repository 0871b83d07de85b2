// Package remedy does something about what the watch noticed: ends sign-ins, links and tokens,
// asks for more, slows down, and puts back what was deleted or given. What it cannot put back
// it names, with when it happened, for whoever may. A Service is safe for concurrent use.
package remedy

import (
	"context"
	"slices"
	"strings"
	"time"

	"plectica/internal/account"
	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/ledger"
	"plectica/internal/lookout"
	"plectica/internal/share"
	"plectica/internal/store"
	"plectica/internal/throttle"
	"plectica/internal/watch"
)

const (
	// slowFor is for how long somebody is slowed down.
	slowFor = time.Hour
	// goesBack is how long before an alert somebody did what it is about: it counts by days.
	goesBack = 24 * time.Hour
	// maxPages of a search are read: what one account did in a day or two.
	maxPages = 20
	// maxLeft bounds what is named that has to be put back by hand.
	maxLeft = 50
)

// Log is what is read of the audit log; *ledger.Ledger is.
type Log interface {
	Read(ctx context.Context, from uint64, limit int) ([]audit.Event, error)
	Search(ctx context.Context, q ledger.Query) (ledger.Found, error)
}

// Config is what a Service is made of.
type Config struct {
	Log      Log
	Alerts   *lookout.Service
	Accounts *account.Service
	Share    *share.Service
	Brake    *throttle.Brake
	// Audit records what is done without anybody having asked for it.
	Audit *audit.Log
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service answers alerts.
type Service struct{ c Config }

// New returns a service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{c}
}

// Done is what came of an answer: how many things were ended or put back, and what is left.
type Done struct {
	N    int
	Left []Left
	// More says that there is more left than is named, or that more was done than is looked
	// through.
	More bool
}

// Left is something that has to be put back by hand, and when it was as it should be; in
// milliseconds since 1970.
type Left struct {
	On audit.Object
	At int64
}

// leave names something that is left, once: as it was before all of it.
func (d *Done) leave(on audit.Object, at int64) {
	for i := range d.Left {
		if d.Left[i].On == on {
			d.Left[i].At = min(d.Left[i].At, at)
			return
		}
	}
	if len(d.Left) == maxLeft {
		d.More = true
		return
	}
	d.Left = append(d.Left, Left{on, at})
}

// OfOrg reports whether an answer may be given by owners of an organisation.
func OfOrg(a watch.Answer) bool { return a == watch.RevokeLink || a == watch.UndoChange }

// ForSite answers an alert as an operator wants it.
func (s *Service) ForSite(ctx context.Context, who account.Who, a *lookout.Alert, do watch.Answer) (d Done, err error) {
	if err := s.c.Accounts.Manages(ctx, who); err != nil {
		return d, err
	}
	if err := fits(a, do); err != nil {
		return d, err
	}
	audit.In(ctx).Count(string(do), 1)
	switch do {
	case watch.SlowDown:
		keys, err := s.slowed(ctx, a)
		if err != nil {
			return d, err
		}
		d.N = len(keys)
		err = s.note(ctx, a, do, who.Account.ID) // nothing is slowed down without a record
		if err == nil {
			s.slow(keys)
		}
		return d, err
	case watch.RevokeLink, watch.UndoChange:
		site := s.c.Share.Site()
		d, err = s.undo(ctx, a, do, hands{
			endLink: site.EndLink, undelete: site.Undelete,
			endTokens: func(ctx context.Context, whom id.Account, about func(store.TokenID) bool) (int, error) {
				return s.c.Accounts.EndTokensOf(ctx, who, whom, about)
			},
			demote: func(ctx context.Context, whom id.Account) error {
				return s.c.Accounts.SetOperator(ctx, who, whom, false)
			},
		})
	default:
		d, err = s.toAccount(ctx, who, a, do)
	}
	if err != nil {
		return d, err
	}
	audit.In(ctx).Count("done", uint64(d.N))
	return d, s.note(ctx, a, do, who.Account.ID)
}

// toAccount does what concerns an account as a whole.
func (s *Service) toAccount(ctx context.Context, who account.Who, a *lookout.Alert, do watch.Answer) (Done, error) {
	whom, err := s.account(ctx, a)
	if err != nil {
		return Done{}, err
	}
	switch do {
	case watch.EndSessions:
		return Done{N: 1}, s.c.Accounts.SignOutOther(ctx, who, whom)
	case watch.StepUp:
		return Done{N: 1}, s.c.Accounts.StepUp(ctx, who, whom)
	case watch.Lock:
		return Done{N: 1}, s.c.Accounts.Lock(ctx, who, whom)
	}
	return Done{}, fault.New(fault.Invalid, "there is no such answer")
}

// ForOrg answers an alert as somebody wants it who manages the organisation it is about, as far
// as they may, and within it.
func (s *Service) ForOrg(ctx context.Context, asker gate.Asker, a *lookout.Alert, do watch.Answer) (d Done, err error) {
	if !OfOrg(do) {
		return d, fault.New(fault.Permission, "this is for whoever runs the site")
	}
	if err := fits(a, do); err != nil {
		return d, err
	}
	audit.In(ctx).Count(string(do), 1)
	d, err = s.undo(ctx, a, do, hands{
		org: a.Org,
		endLink: func(ctx context.Context, m id.Map, p store.PassID) error {
			seen, err := s.c.Share.Get(ctx, asker, m)
			if err == nil && seen.Map.Org != a.Org {
				return errElsewhere
			}
			if err == nil {
				err = s.c.Share.DropPass(ctx, asker, m, p)
			}
			return err
		},
		undelete: func(ctx context.Context, m id.Map) error {
			_, err := s.c.Share.Restore(ctx, asker, m)
			return err
		},
	})
	if err != nil {
		return d, err
	}
	audit.In(ctx).Count("done", uint64(d.N))
	return d, s.note(ctx, a, do, asker.Account)
}

// fits asks that an answer is one to the alert. Sign-ins are ended and accounts locked whatever
// it is about.
func fits(a *lookout.Alert, do watch.Answer) error {
	if do == watch.EndSessions || do == watch.Lock || slices.Contains(a.Answers, do) {
		return nil
	}
	return fault.New(fault.Invalid, "this is no answer to such an alert")
}

// account returns whom an alert is about.
func (s *Service) account(ctx context.Context, a *lookout.Alert) (id.Account, error) {
	whom, err := a.Account(ctx, s.c.Audit)
	if fault.Is(err, fault.NotFound) {
		return whom, fault.New(fault.Invalid, "this alert is not about one account, or the account is gone")
	}
	if err == nil {
		audit.In(ctx).To(audit.OfAccount(whom))
	}
	return whom, err
}

// ByItself does what the operator lets the server do: ask for more, or slow down.
func (s *Service) ByItself(ctx context.Context, a lookout.Alert, do []watch.Answer) error {
	for _, v := range do {
		whom, err := s.account(ctx, &a)
		e := audit.Event{Act: audit.AlertAnswer, By: audit.Who{Kind: audit.Server}, On: ObjectOf(&a), Org: a.Org}
		if err == nil {
			e.To = audit.OfAccount(whom)
		} else if v == watch.StepUp {
			return err
		}
		e.Add(string(v), 1)
		var keys []string
		if v == watch.SlowDown {
			if keys, err = s.slowed(ctx, &a); err != nil {
				return err
			}
		}
		// It is recorded with the first thing that is written.
		if err := s.c.Alerts.Done(s.c.Audit.With(ctx, &e), store.Deed{Alert: a.ID, Answer: string(v), Automatic: true}); err != nil {
			return err
		}
		if s.slow(keys); v == watch.StepUp {
			if err := s.c.Accounts.Doubt(ctx, whom); err != nil {
				return err
			}
		}
	}
	return nil
}

// note notes what was done. That there is no more room for it undoes nothing.
func (s *Service) note(ctx context.Context, a *lookout.Alert, do watch.Answer, by id.Account) error {
	err := s.c.Alerts.Done(ctx, store.Deed{Alert: a.ID, Answer: string(do), By: by})
	if fault.Is(err, fault.Limit) {
		return nil
	}
	return err
}

// ObjectOf is an alert as an object of records.
func ObjectOf(a *lookout.Alert) audit.Object { return audit.Object{Sort: "alert", ID: a.Name()} }

// records are those that an alert was raised for, as far as they are kept.
func (s *Service) records(ctx context.Context, a *lookout.Alert) (out []audit.Event, err error) {
	for _, seq := range a.Evidence {
		list, err := s.c.Log.Read(ctx, seq, 1)
		if fault.Is(err, fault.Gone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	if len(out) == 0 {
		err = fault.New(fault.Gone, "the records of this alert are older than they are kept")
	}
	return out, err
}

// slowed are whom to slow down: the account or visit that an alert is about, or else the networks
// that its records came from.
func (s *Service) slowed(ctx context.Context, a *lookout.Alert) (keys []string, err error) {
	if strings.HasPrefix(a.By, string(audit.Person)+":") {
		whom, err := s.account(ctx, a)
		return []string{throttle.OfAccount(whom)}, err
	}
	list, err := s.records(ctx, a)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		key := ""
		switch {
		case e.By.Kind == audit.Visitor && !id.IsZero(e.By.ID):
			key = throttle.OfVisit(e.By.ID)
		case e.By.Kind == audit.Stranger && e.From.Addr.IsValid():
			key = throttle.OfNetwork(e.From.Addr)
		}
		if key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.Gone, "nobody can tell any more who it was")
	}
	return keys, nil
}

func (s *Service) slow(keys []string) {
	now := s.c.Now()
	for _, key := range keys {
		s.c.Brake.Slow(now, key, now.Add(slowFor))
	}
}
