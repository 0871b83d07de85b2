package throttle

import (
	"context"
	"sync"

	"plectica/internal/id"
)

// Slots are places for work that takes much. One account has some of them at most, or
// it could keep all others waiting.
type Slots struct {
	all  chan struct{}
	each int

	mu sync.Mutex
	by map[id.Account]int
}

// NewSlots returns so many places, of which one account has at most some.
func NewSlots(most, each int) *Slots {
	return &Slots{all: make(chan struct{}, most), each: each, by: map[id.Account]int{}}
}

// Enter takes a place, if there is one.
func (s *Slots) Enter(who id.Account) bool {
	if !s.own(who) {
		return false
	}
	select {
	case s.all <- struct{}{}:
		return true
	default:
		s.disown(who)
		return false
	}
}

// Wait takes a place once there is one, unless the account has all it may have, or ctx
// ends.
func (s *Slots) Wait(ctx context.Context, who id.Account) bool {
	if !s.own(who) {
		return false
	}
	select {
	case s.all <- struct{}{}:
		return true
	case <-ctx.Done():
		s.disown(who)
		return false
	}
}

// Leave gives a place back.
func (s *Slots) Leave(who id.Account) {
	<-s.all
	s.disown(who)
}

func (s *Slots) own(who id.Account) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by[who] >= s.each {
		return false
	}
	s.by[who]++
	return true
}

func (s *Slots) disown(who id.Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by[who]--; s.by[who] <= 0 {
		delete(s.by, who)
	}
}
