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
	if len(d.Left) < maxLeft {
		d.Left = append(d.Left, Left{on, at})
	}
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
	switch do {
	case watch.SlowDown:
		d.N, err = s.slow(ctx, a)
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
	err = s.note(ctx, a, do, who.Account.ID, err)
	return d, err
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

// toAccount does what concerns an account as a whole.
func (s *Service) toAccount(ctx context.Context, who account.Who, a *lookout.Alert, do watch.Answer) (Done, error) {
	whom, err := s.account(ctx, a)
	if err != nil {
		return Done{}, err
	}
	switch do {
	case watch.EndSessions:
		return Done{N: 1}, s.c.Accounts.SignOutOther(ctx, who, whom)
	case watch.Lock:
		return Done{N: 1}, s.c.Accounts.Lock(ctx, who, whom)
	}
	return Done{}, fault.New(fault.Invalid, "there is no such answer")
}

// ForOrg answers an alert as somebody wants it who manages the organisation it is about, as far
// as they may.
func (s *Service) ForOrg(ctx context.Context, asker gate.Asker, a *lookout.Alert, do watch.Answer) (d Done, err error) {
	if !OfOrg(do) {
		return d, fault.New(fault.Permission, "this is for whoever runs the site")
	}
	d, err = s.undo(ctx, a, do, hands{
		org:     a.Org,
		endLink: func(ctx context.Context, m id.Map, p store.PassID) error { return s.c.Share.DropPass(ctx, asker, m, p) },
		undelete: func(ctx context.Context, m id.Map) error {
			_, err := s.c.Share.Restore(ctx, asker, m)
			return err
		},
	})
	err = s.note(ctx, a, do, asker.Account, err)
	return d, err
}

// ByItself does what the operator lets the server do.
func (s *Service) ByItself(ctx context.Context, a lookout.Alert, do []watch.Answer) error {
	for _, v := range do {
		record := audit.Event{Act: audit.AlertAnswer, By: audit.Who{Kind: audit.Server}, On: ObjectOf(&a), Org: a.Org}
		if whom, err := s.account(ctx, &a); err == nil {
			record.To = audit.OfAccount(whom)
		}
		if err := s.c.Audit.Write(ctx, &record); err != nil {
			return err
		}
		var err error
		switch v {
		case watch.SlowDown:
			_, err = s.slow(ctx, &a)
		}
		if err == nil {
			err = s.c.Alerts.Done(ctx, store.Deed{Alert: a.ID, Answer: string(v), Automatic: true})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// note notes what was done.
func (s *Service) note(ctx context.Context, a *lookout.Alert, do watch.Answer, by id.Account, err error) error {
	if err != nil {
		return err
	}
	return s.c.Alerts.Done(ctx, store.Deed{Alert: a.ID, Answer: string(do), By: by})
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

// slow slows down the account that an alert is about, or else the networks its records came
// from. It returns how many.
func (s *Service) slow(ctx context.Context, a *lookout.Alert) (n int, err error) {
	now := s.c.Now()
	until := now.Add(slowFor)
	if strings.HasPrefix(a.By, string(audit.Person)+":") {
		whom, err := s.account(ctx, a)
		if err != nil {
			return 0, err
		}
		s.c.Brake.Slow(now, throttle.OfAccount(whom), until)
		return 1, nil
	}
	list, err := s.records(ctx, a)
	if err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	for _, e := range list {
		if e.From.Addr.IsValid() {
			seen[throttle.OfNetwork(e.From.Addr)] = true
		}
	}
	for key := range seen {
		s.c.Brake.Slow(now, key, until)
	}
	return len(seen), nil
}
