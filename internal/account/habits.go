package account

import (
	"context"
	"encoding/json"
	"net/netip"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/risk"
	"plectica/internal/store"
)

// freshFor is how long after an account was made, or its address proven, no sign-in is
// risky: people sign up on one device and go on with another.
const freshFor = time.Hour

// weigh says how far a sign-in with the right password looks like its owner's.
func (s *Service) weigh(ctx context.Context, from Client, a store.Account) (risk.Verdict, error) {
	h, err := s.habitsOf(ctx, a.ID)
	if err != nil {
		return risk.Verdict{}, err
	}
	if now := s.now(); !h.Doubt && now-max(a.Created, a.Verified) < freshFor.Milliseconds() {
		return risk.Verdict{}, nil
	}
	now := attempt(from.Addr, from.agent(), s.now())
	now.Device = s.metDevice(ctx, from, a.ID)
	h, err = s.inUse(ctx, a, h)
	return risk.Weigh(h, now), err
}

// inUse is what an account is known by, with from where and with what it is signed in now.
func (s *Service) inUse(ctx context.Context, a store.Account, h risk.Habits) (risk.Habits, error) {
	list, err := s.st.Sessions(ctx, a.ID, maxDevices)
	for _, v := range list {
		if place, err := netip.ParsePrefix(v.Place); err == nil && s.holds(v, a) {
			h = h.Also(attempt(place.Addr(), v.Agent, v.Seen))
		}
	}
	return h, err
}

// doubted is weigh where only a mark of Doubt counts: somebody else vouches for the rest.
func (s *Service) doubted(ctx context.Context, a id.Account) (risk.Verdict, error) {
	h, err := s.habitsOf(ctx, a)
	if err != nil || !h.Doubt {
		return risk.Verdict{}, err
	}
	return risk.Weigh(h, risk.Attempt{}), nil
}

func attempt(addr netip.Addr, agent string, at int64) risk.Attempt {
	browser, system := families(agent)
	return risk.Attempt{Addr: addr, Browser: browser, System: system, At: at}
}

// habitsOf is what an account is known by. Where that is damaged, nothing of it counts, and
// more has to be shown once.
func (s *Service) habitsOf(ctx context.Context, a id.Account) (h risk.Habits, err error) {
	b, err := s.st.Kept(ctx, a, keptHabits)
	if fault.Is(err, fault.NotFound) {
		return risk.Habits{}, nil
	}
	if err != nil {
		return risk.Habits{}, err
	}
	if err := json.Unmarshal(b, &h); err != nil || !h.Sound() {
		s.report(ctx, fault.New(fault.Internal, "what is kept of an account's habits is damaged"))
		return risk.Habits{Doubt: true}, nil
	}
	return h, nil
}

// learn notes a sign-in among what an account is known by. A mark of Doubt stays until more
// was shown than a password, where more can be asked for.
func (s *Service) learn(ctx context.Context, from Client, a store.Account, by store.Proof) error {
	s.habits.Lock()
	defer s.habits.Unlock()
	h, err := s.habitsOf(ctx, a.ID)
	if err != nil {
		return err
	}
	more := by.Strong() || by&store.ByMail != 0
	next := h.Learn(attempt(from.Addr, from.agent(), s.now()))
	next.Doubt = h.Doubt && !more && s.canMail(a)
	return s.keepOwn(ctx, a.ID, keptHabits, next)
}

// Doubt ends all sign-ins of an account and forgets by what devices and places it is known.
// Its next sign-in has to show the second factor or, without one, a code by mail, wherever
// it comes from. Who has neither, as where no mail is sent, comes in with the password.
// An unknown account is fault.NotFound.
func (s *Service) Doubt(ctx context.Context, whom id.Account) error {
	if _, err := s.st.Account(ctx, whom); err != nil {
		return err
	}
	audit.In(ctx).To(audit.OfAccount(whom))
	if err := s.forget(ctx, whom); err != nil {
		return err
	}
	for _, k := range []store.TicketKind{store.ForSecond, store.ForPasskey, store.ForLinking} {
		if err := s.st.DropTickets(ctx, whom, k); err != nil {
			return err
		}
	}
	return s.changed(ctx, s.st.EndSessions(ctx, whom, store.SessionID{}, s.now()))
}

// forget leaves the mark alone of what an account is known by.
func (s *Service) forget(ctx context.Context, a id.Account) error {
	s.habits.Lock()
	defer s.habits.Unlock()
	if err := s.keepOwn(ctx, a, keptHabits, risk.Habits{Doubt: true}); err != nil {
		return err
	}
	return s.keepOwn(ctx, a, keptDevices, []seen{})
}
