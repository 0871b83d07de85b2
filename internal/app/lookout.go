package app

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/account"
	"plectica/internal/audit"
	"plectica/internal/deliver"
	"plectica/internal/fault"
	"plectica/internal/lookout"
	"plectica/internal/mail"
	"plectica/internal/places"
	"plectica/internal/remedy"
	"plectica/internal/throttle"
	"plectica/internal/watch"
)

const (
	// alertCode is what mails to operators call what the watch noticed.
	alertCode = "watch"
	// alertBurst mails of a severity come at once, and one more each alertEach: the inbox has
	// the rest.
	alertBurst = 3
	alertEach  = 20 * time.Minute
	// ownerEach is how often somebody is told at most that many maps were taken out.
	ownerEach = 24 * time.Hour
	// percent is how finely records tell a score.
	percent = 100
	// maxScore bounds what they tell.
	maxScore = 1e6
)

// openLookout makes what watches the audit log.
func (s *server) openLookout(now func() time.Time) error {
	where, err := s.openPlaces(now)
	if err != nil {
		return err
	}
	found := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "plectica_alerts_total", Help: "What was noticed in the audit log and told, by kind and severity.",
	}, []string{"kind", "severity"})
	s.metrics.MustRegister(found)
	owners := throttle.New(throttle.Rate{Burst: 1, Every: ownerEach})
	mails := throttle.New(throttle.Rate{Burst: alertBurst, Every: alertEach})
	s.lookout = lookout.New(lookout.Config{
		Log: s.ledger, Store: s.store, Now: now, OnError: s.fault, Watch: watch.Config{Places: where},
		Raised: func(ctx context.Context, a lookout.Alert) error {
			if err := s.raised(ctx, a); err != nil {
				return err
			}
			// Whatever operators want to hear of.
			if a.Kind == watch.MassExport && a.Severity != watch.Notice && owners.Take(now(), a.By) == 0 {
				if err := s.tellOwner(ctx, a, now()); err != nil {
					s.fault(err)
				}
			}
			return nil
		},
		Answer: func(ctx context.Context, a lookout.Alert, do []watch.Answer) error {
			return s.remedy.ByItself(ctx, a, do)
		},
		Tell: func(ctx context.Context, a lookout.Alert) error {
			found.WithLabelValues(string(a.Kind), string(a.Severity)).Inc()
			s.log.LogAttrs(ctx, slog.LevelWarn, "the watch noticed something", slog.String("kind", string(a.Kind)), slog.String("severity", string(a.Severity)))
			if a.Severity == watch.Notice {
				return nil
			}
			// Many warnings leave the critical ones theirs.
			if mails.Take(now(), string(a.Severity)) > 0 {
				return nil
			}
			return s.mailOperators(ctx, mail.Alarm{Event: mail.Event{When: now()}, What: []string{alertCode}})
		},
	})
	return nil
}

// openPlaces makes what tells where addresses are; nil: nobody brought a file.
func (s *server) openPlaces(now func() time.Time) (func(netip.Addr) (watch.Place, bool), error) {
	path := s.o.Config.Watch.Places
	if path == "" {
		return nil, nil //nolint:nilnil // that there is none is what is said
	}
	f, err := places.Open(path)
	if err != nil {
		return nil, err
	}
	s.places = f
	told := throttle.New(throttle.Rate{Burst: 1, Every: alertEach})
	return func(a netip.Addr) (watch.Place, bool) {
		p, ok, err := f.Lookup(a)
		if err != nil && told.Take(now(), "") == 0 {
			s.fault(err)
		}
		return watch.Place(p), ok
	}, nil
}

func (s *server) closePlaces() error {
	if s.places == nil {
		return nil
	}
	return s.places.Close()
}

// raised records what was noticed: so it is delivered wherever records are.
func (s *server) raised(ctx context.Context, a lookout.Alert) error {
	e := audit.Event{
		Act: audit.AlertRaised, By: audit.Who{Kind: audit.Server}, On: remedy.ObjectOf(&a), Org: a.Org, Code: string(a.Kind),
	}
	if who, err := a.Account(ctx, s.audit); err == nil {
		e.To = audit.OfAccount(who)
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	e.Add("score", uint64(min(a.Score, maxScore)*percent))
	e.Add("times", uint64(a.Times))
	return s.audit.Write(ctx, &e)
}

// tellOwner tells somebody by mail that many maps were taken out with their account.
func (s *server) tellOwner(ctx context.Context, a lookout.Alert, now time.Time) error {
	if !s.mail.Enabled() || len(a.Figures) == 0 || len(a.Evidence) == 0 {
		return nil
	}
	who, err := a.Account(ctx, s.audit)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	to, err := s.store.Account(ctx, who)
	if err != nil || to.Verified == 0 {
		return err // an address that nobody has proven may be a stranger's
	}
	letter := mail.ManyMaps{Event: mail.Event{When: now}, Maps: int(a.Figures[0].Value)}
	last, err := s.ledger.Read(ctx, a.Evidence[len(a.Evidence)-1], 1)
	if err == nil && len(last) == 1 {
		letter.Device, letter.Address = mail.Name(account.DeviceName(last[0].From.Agent)), last[0].From.Addr
	}
	return errors.Join(err, s.mail.Send(ctx, mail.English, to.Email, letter))
}

// openRemedy makes what does something about what was noticed.
func (s *server) openRemedy(now func() time.Time) {
	s.remedy = remedy.New(remedy.Config{
		Log: s.ledger, Alerts: s.lookout, Accounts: s.accounts, Share: s.share, Brake: s.brake, Audit: s.audit, Now: now,
	})
}

// deliveries says how records get elsewhere.
func (s *server) deliveries() []deliver.Status {
	out := make([]deliver.Status, len(s.streams))
	for i, v := range s.streams {
		out[i] = v.Status()
	}
	return out
}
