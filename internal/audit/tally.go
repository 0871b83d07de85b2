package audit

import (
	"context"
	"time"

	"plectica/internal/store"
	"plectica/internal/throttle"
)

const (
	// tallyEvery is how long what is counted waits to be recorded.
	tallyEvery = time.Second
	// mostTallied is how many different things are counted at once; beyond it from where
	// they came is left out.
	mostTallied = 2000
	// flushPart is how many are recorded at once.
	flushPart = 1000
	// floodBurst refusals of one network are recorded one by one, and again one each
	// floodEach; what comes more often is counted.
	floodBurst = 100
	floodEach  = time.Minute / floodBurst
	// floodBits4 and floodBits6 are how much of an address is one network.
	floodBits4, floodBits6 = 24, 64
)

func floodRate() throttle.Rate { return throttle.Rate{Burst: floodBurst, Every: floodEach} }

// tallyKey is what is counted together.
type tallyKey struct {
	act     Act
	by      Who
	on      Object
	org     store.OrgID
	from    From
	session string
	result  Result
	code    string
}

// Tally counts something that happens too often, or matters too little, to be recorded by
// itself before it is answered. It is recorded within a second, with how often it was and
// the sums of its counts.
func (l *Log) Tally(e *Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.merge(e).Add("times", 1)
}

// merge adds an event's counts to those of the same.
func (l *Log) merge(e *Event) *Event {
	k := tallyKey{e.Act, e.By, e.On, e.Org, e.From, e.Session, e.Result, e.Code}
	have := l.tallied[k]
	if have == nil && len(l.tallied) >= mostTallied {
		k = tallyKey{act: e.Act, by: Who{Kind: e.By.Kind}, result: e.Result, code: e.Code}
		have = l.tallied[k]
	}
	if have == nil {
		have = &Event{
			Act: k.act, By: k.by, On: k.on, Org: k.org, From: k.from, Session: k.session, Result: k.result, Code: k.code,
			At: l.c.Now().UnixMilli(),
		}
		l.tallied[k] = have
	}
	for _, c := range e.Counts {
		have.Add(c.Name, c.N)
	}
	return have
}

// flood counts a refusal, if its network had too many, and reports whether it did.
func (l *Log) flood(e *Event) bool {
	if l.floods.Take(l.c.Now(), throttle.Prefix(e.From.Addr, floodBits4, floodBits6)) == 0 {
		return false
	}
	l.Tally(&Event{Act: e.Act, By: e.By, From: From{Addr: e.From.Addr}, Result: e.Result, Code: e.Code})
	return true
}

// Flush records what was counted. What cannot be recorded is counted on.
func (l *Log) Flush(ctx context.Context) error {
	l.flushing <- struct{}{}
	defer func() { <-l.flushing }()
	l.mu.Lock()
	was := l.tallied
	l.tallied = map[tallyKey]*Event{}
	l.mu.Unlock()
	if len(was) == 0 {
		return nil
	}
	all := make([]*Event, 0, len(was))
	for _, e := range was {
		all = append(all, e)
	}
	for len(all) > 0 {
		part := all[:min(len(all), flushPart)]
		if err := l.Write(ctx, part...); err != nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			for _, e := range all {
				l.merge(e)
			}
			return err
		}
		all = all[len(part):]
	}
	return nil
}

// Run records what was counted until ctx ends.
func (l *Log) Run(ctx context.Context) {
	t := time.NewTicker(tallyEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			l.report(l.Flush(ctx))
		case <-ctx.Done():
			return
		}
	}
}

func (l *Log) report(err error) {
	if err != nil && l.c.OnError != nil {
		l.c.OnError(err)
	}
}
