package lookout

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/watch"
)

// Alert is what was noticed, as it is kept and shown.
type Alert struct {
	ID       uint64         `json:"-"`
	Kind     watch.Kind     `json:"kind"`
	At       int64          `json:"at"`
	Since    int64          `json:"since"`
	Times    int            `json:"times"`
	Score    float64        `json:"score"`
	Severity watch.Severity `json:"severity"`
	By       string         `json:"by,omitempty"` // kind:alias; empty: not one account
	On       string         `json:"on,omitempty"`
	Org      store.OrgID    `json:"-"`
	Figures  []Figure       `json:"figures"`
	Evidence []uint64       `json:"evidence"` // numbers of records
	Answers  []watch.Answer `json:"answers"`
	Closed   int64          `json:"-"`
	ClosedBy id.Account     `json:"-"`
	Muted    bool           `json:"-"` // others like it are not told now
	Deeds    []store.Deed   `json:"-"` // what was done about it
}

// Name is what addresses call an alert.
func (a *Alert) Name() string { return strconv.FormatUint(a.ID, 16) }

// Account returns whom an alert is about, or fault.NotFound: it is about nobody, or about
// somebody who was forgotten.
func (a *Alert) Account(ctx context.Context, log interface {
	Named(ctx context.Context, alias string) (id.Account, error)
}) (id.Account, error) {
	alias, ok := strings.CutPrefix(a.By, string(audit.Person)+":")
	if !ok {
		return id.Account{}, fault.New(fault.NotFound, "this alert is not about an account")
	}
	return log.Named(ctx, alias)
}

// Figure is watch.Figure as it is kept.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Usual float64 `json:"usual"`
}

// kept is an alert as it is kept: nobody is named in it.
func kept(a *watch.Alert) Alert {
	out := Alert{
		Kind: a.Kind, At: a.At, Since: a.Since, Times: a.Times, Score: a.Score, Severity: a.Severity, Org: a.Org, Evidence: a.Evidence, Answers: a.Answers,
	}
	if a.Who.Alias != "" {
		out.By = string(a.Who.Kind) + ":" + a.Who.Alias
	} else {
		// There is nobody whose sign-ins could be ended.
		out.Answers = slices.DeleteFunc(out.Answers, func(v watch.Answer) bool { return v != watch.SlowDown })
	}
	if a.On.Sort != "" && a.On.Sort != "account" {
		out.On = a.On.Sort + ":" + a.On.ID
	}
	for _, f := range a.Figures {
		out.Figures = append(out.Figures, Figure(f))
	}
	// By what it is about, so that after a restart the same alert has the same number.
	h := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%d", out.Kind, a.Subject, out.Since))
	out.ID = binary.BigEndian.Uint64(h[:8])
	return out
}

// muted reports whether an alert is not to be told.
func (s *Service) muted(ctx context.Context, a Alert) (bool, error) {
	list, err := s.c.Store.Mutes(ctx, s.c.Now().UnixMilli())
	return err == nil && mutes(list, a), err
}

func mutes(list []store.Mute, a Alert) bool {
	for _, m := range list {
		if m.Kind == string(a.Kind) && (m.Subject == "" || m.Subject == a.By) && (m.Org == (store.OrgID{}) || m.Org == a.Org) {
			return true
		}
	}
	return false
}

// maxPages bounds how often alerts are looked for of which somebody wants to be told.
const maxPages = 10

// Alerts returns alerts of which the organisation, or else the site, wants to be told; the last
// first.
func (s *Service) Alerts(ctx context.Context, q store.AlertQuery) (out []Alert, err error) {
	t, want := s.Telling(q.Org), q.Limit
	for range maxPages {
		list, err := s.c.Store.Alerts(ctx, q)
		if err != nil {
			return nil, err
		}
		all, err := s.whole(ctx, list)
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			if t.wants(a) && len(out) < want {
				out = append(out, a)
			}
		}
		if len(out) >= want || len(list) < q.Limit {
			break
		}
		q.Before = list[len(list)-1].At
	}
	return out, nil
}

// Alert returns one, or fault.NotFound.
func (s *Service) Alert(ctx context.Context, v uint64) (Alert, error) {
	a, err := s.c.Store.Alert(ctx, v)
	if err != nil {
		return Alert{}, err
	}
	list, err := s.whole(ctx, []store.Alert{a})
	if err != nil {
		return Alert{}, err
	}
	return list[0], nil
}

// whole reads alerts, with what was done about them.
func (s *Service) whole(ctx context.Context, list []store.Alert) ([]Alert, error) {
	ids := make([]uint64, len(list))
	for i, v := range list {
		ids[i] = v.ID
	}
	deeds, err := s.c.Store.Deeds(ctx, ids)
	if err != nil {
		return nil, err
	}
	quiet, err := s.Mutes(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Alert, 0, len(list))
	for _, v := range list {
		a, err := read(v)
		if err != nil {
			return nil, err
		}
		a.Muted = mutes(quiet, a)
		for _, d := range deeds {
			if d.Alert == a.ID {
				a.Deeds = append(a.Deeds, d)
			}
		}
		out = append(out, a)
	}
	return out, nil
}

func read(v store.Alert) (a Alert, err error) {
	if err := json.Unmarshal(v.Data, &a); err != nil {
		return a, fault.Wrap(fault.Internal, "read an alert", err)
	}
	a.ID, a.Org, a.Closed, a.ClosedBy = v.ID, v.Org, v.Closed, v.By
	return a, nil
}

// Close notes that an alert is dealt with, Reopen that it is not.
func (s *Service) Close(ctx context.Context, v uint64, by id.Account) error {
	return s.c.Store.CloseAlert(ctx, v, by, s.c.Now().UnixMilli())
}

// Done notes what was done about an alert.
func (s *Service) Done(ctx context.Context, d store.Deed) error {
	d.At = s.c.Now().UnixMilli()
	return s.c.Store.AddDeed(ctx, d)
}

// Reopen is Close's way back.
func (s *Service) Reopen(ctx context.Context, v uint64) error {
	return s.c.Store.CloseAlert(ctx, v, id.Account{}, 0)
}

// maxMute bounds for how long something is muted.
const maxMute = 90 * 24 * time.Hour

// Mute keeps alerts of a kind from being told for a while: those about somebody, by what
// records call them, or all; in an organisation, or anywhere. They are kept all the same.
func (s *Service) Mute(ctx context.Context, m store.Mute) error {
	now := s.c.Now()
	if until := time.UnixMilli(m.Until); !until.After(now) || until.After(now.Add(maxMute)) {
		return fault.New(fault.Invalid, "what is muted is told again after at most 90 days")
	}
	if !watch.IsKind(m.Kind) {
		return fault.New(fault.Invalid, "there is no such kind of alert")
	}
	return s.c.Store.SetMute(ctx, m, now.UnixMilli())
}

// Unmute ends it.
func (s *Service) Unmute(ctx context.Context, m store.Mute) error { return s.c.Store.DropMute(ctx, m) }

// Mutes returns what is muted.
func (s *Service) Mutes(ctx context.Context) ([]store.Mute, error) {
	return s.c.Store.Mutes(ctx, s.c.Now().UnixMilli())
}
