package mail

import (
	"context"
	"time"

	"plectica/internal/fault"
	"plectica/internal/store"
)

const (
	// lookEvery is how often the outbox is looked at when nobody pokes.
	lookEvery = 15 * time.Second
	// batch bounds how many mails go over one connection.
	batch = 20
	// maxLost is how many connections may break in one batch before the rest waits.
	maxLost = 3
	// restAfter is how long nothing is tried after the mail server could not be
	// reached, or the store not be written.
	restAfter = time.Minute
	// firstWait and longestWait are how long a mail waits after its first failed try,
	// and at most; the time doubles in between. waitSpread is how much of it is added at
	// random, so that mails do not come back all at once.
	firstWait   = time.Minute
	longestWait = 4 * time.Hour
	waitSpread  = 0.25
	// giveUpAfter is how long a mail is tried.
	giveUpAfter = 48 * time.Hour
	// offWait is how long mail from earlier waits where none is sent any more.
	offWait = time.Hour
	// lastMoment is what a mail on its way gets when the server stops: cut off, it would
	// go twice.
	lastMoment = 600 * time.Millisecond
)

// Run sends what waits until ctx ends; a mail that is just going may take a moment
// longer. It must run once.
func (s *Service) Run(ctx context.Context) {
	for ctx.Err() == nil {
		poke, wait := s.poke, lookEvery
		if !s.round(ctx) {
			poke, wait = nil, restAfter
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-poke:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// round sends all that is due. It returns false when a rest is called for.
func (s *Service) round(ctx context.Context) bool {
	for ctx.Err() == nil {
		due, err := s.c.Outbox.DueMail(ctx, s.c.Now().UnixMilli(), batch)
		if err != nil {
			s.report(ctx, err)
			return false
		}
		if err := s.deliver(ctx, due); err != nil {
			s.report(ctx, err)
			return false
		}
		if len(due) < batch {
			return true
		}
	}
	return true
}

// letter is a mail that waits, read back.
type letter struct {
	store.Mail
	Message
}

// deliver tries a batch in order. An error ends the round.
func (s *Service) deliver(ctx context.Context, due []store.Mail) error {
	// What a try writes belongs together with it, also while the server stops.
	lasting, end := outlast(ctx, lastMoment)
	defer end()
	if !s.Enabled() {
		return s.shelve(lasting, due)
	}
	good, err := s.sift(lasting, due)
	if err != nil || len(good) == 0 {
		return err
	}
	c, err := s.c.Driver.Open(ctx)
	if err != nil {
		return firstOf(s.putOff(lasting, good), err)
	}
	defer func() { c.Close() }()
	for lost := 0; len(good) > 0 && ctx.Err() == nil; good = good[1:] {
		err := s.try(lasting, c, good[0])
		if !fault.Is(err, fault.Lost) {
			if err != nil {
				return err
			}
			continue
		}
		c.Close()
		if lost++; lost >= maxLost {
			return firstOf(s.putOff(lasting, good[1:]), err)
		}
		if c, err = s.c.Driver.Open(ctx); err != nil {
			c = closed{}
			return firstOf(s.putOff(lasting, good[1:]), err)
		}
	}
	return nil
}

// closed is the carrier that there is after none could be had.
type closed struct{}

func (closed) Send(context.Context, Message) error { return fault.New(fault.Lost, "no connection") }
func (closed) Close()                              {}

// firstOf prefers what went wrong in the store: it matters more than the mail server.
func firstOf(st, other error) error {
	if st != nil {
		return st
	}
	return other
}

// try sends one mail. It returns fault.Lost when the connection broke, and an error
// of another kind when the store cannot be written.
func (s *Service) try(ctx context.Context, c Carrier, l letter) error {
	// The next try is noted before this one: if everything stops in between, or the
	// mail cannot be dropped, it does not go again and again.
	if err := s.putOff(ctx, []letter{l}); err != nil {
		return err
	}
	err := c.Send(ctx, l.Message)
	switch {
	case err == nil:
		s.count(Sent)
		return s.drop(ctx, l.Mail)
	case fault.Is(err, fault.Invalid):
		s.count(Refused)
		s.report(ctx, about(l.Message, "was refused for good", err))
		return s.drop(ctx, l.Mail)
	}
	s.count(PutOff)
	s.report(ctx, about(l.Message, "was not taken and is tried again", err))
	if fault.Is(err, fault.Lost) {
		return err
	}
	return nil
}

// about says what became of a mail, without saying whose it was.
func about(m Message, what string, err error) error {
	return fault.Wrap(fault.Internal, "a mail ("+string(m.Kind)+" to "+m.To.Hidden()+") "+what, err)
}

// sift drops what is not to be sent any more and returns the rest.
func (s *Service) sift(ctx context.Context, due []store.Mail) ([]letter, error) {
	now := s.c.Now()
	var good []letter
	for _, w := range due {
		m, err := decode(w.Data, s.from)
		var why error
		switch {
		case err != nil:
			s.count(Damaged)
			why = fault.Wrap(fault.Internal, "a mail in the outbox was dropped", err)
		case !m.Until.IsZero() && !now.Before(m.Until):
			s.count(Expired)
			why = about(m, "was dropped", fault.New(fault.Gone, "its link no longer works"))
		case now.Sub(time.UnixMilli(w.Created)) >= giveUpAfter:
			s.count(GivenUp)
			why = about(m, "was dropped", fault.New(fault.Gone, "the mail server did not take it for two days"))
		default:
			good = append(good, letter{w, m})
			continue
		}
		s.report(ctx, why)
		if err := s.drop(ctx, w); err != nil {
			return nil, err
		}
	}
	return good, nil
}

// shelve keeps mail from when this site still sent some, until it is too old: a
// driver is turned off by mistake too.
func (s *Service) shelve(ctx context.Context, due []store.Mail) error {
	now := s.c.Now()
	for _, w := range due {
		var err error
		if now.Sub(time.UnixMilli(w.Created)) >= giveUpAfter {
			s.count(GivenUp)
			err = s.drop(ctx, w)
		} else {
			err = s.c.Outbox.PutOff(ctx, w.ID, now.Add(offWait).UnixMilli())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) putOff(ctx context.Context, all []letter) error {
	for _, l := range all {
		due := s.c.Now().Add(waitAfter(l.Tries, s.c.Random()))
		if err := s.c.Outbox.PutOff(ctx, l.Mail.ID, due.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) drop(ctx context.Context, w store.Mail) error {
	return s.c.Outbox.DropMail(ctx, w.ID)
}

// waitAfter is how long a mail waits after so many tries before the last; r is from 0
// up to 1.
func waitAfter(tries int, r float64) time.Duration {
	d := firstWait
	for ; tries > 0 && d < longestWait; tries-- {
		d *= 2
	}
	d = min(d, longestWait)
	return d + time.Duration(r*waitSpread*float64(d))
}

func (s *Service) count(o Outcome) {
	if s.c.Count != nil {
		s.c.Count(o)
	}
}

// report passes on a fault unless it only says that the server stops.
func (s *Service) report(ctx context.Context, err error) {
	if err != nil && s.c.OnError != nil && ctx.Err() == nil {
		s.c.OnError(err)
	}
}

// outlast returns a context that ends so much later than ctx.
func outlast(ctx context.Context, moment time.Duration) (context.Context, func()) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(moment, cancel) })
	return out, func() { stop(); cancel() }
}
