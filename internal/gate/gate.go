// Package gate is who stands before a map, a folder or an organisation, and what that
// organisation asks of them beside a role: where they come from, and how surely they
// are who they say. It is pure and knows no store. Everything here is a value and safe
// for concurrent use.
package gate

import (
	"net/netip"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Asker is somebody at the door.
type Asker struct {
	Account id.Account    // zero: has not signed in
	Strong  bool          // showed a second factor
	Visit   store.VisitID // by which link they came; zero: by none
	Framed  bool          // they look through a page of another site
	Seal    string        // names the origins that were allowed when that page was loaded
	Addr    netip.Addr    // where they are
	Most    authz.Role    // their key opens no more than this; None: no such bound
}

// Need is what somebody with a role still has to bring.
type Need string

// The needs, as the API names them.
const (
	SecondFactor Need = "second"
	OtherNetwork Need = "network"
)

// Lacking is the error of somebody with a role who does not meet the rules.
type Lacking struct {
	Need Need
	Err  *fault.Error
}

// Error returns the sentence.
func (l *Lacking) Error() string { return l.Err.Error() }

// Unwrap makes the kind visible.
func (l *Lacking) Unwrap() error { return l.Err }

// Meets says whether somebody meets an organisation's rules; the error is *Lacking. It
// is asked of who has a role: others learn nothing of the rules.
func Meets(r store.Rules, a Asker) error {
	if !From(r, a.Addr) {
		return &Lacking{OtherNetwork, fault.New(fault.Permission, "the organisation lets people in only from its own networks")}
	}
	if r.Second && !a.Strong {
		return &Lacking{SecondFactor, fault.New(fault.Permission, "the organisation asks for a second factor; confirm with it, or add one to your account")}
	}
	return nil
}

// From reports whether an address is one the rules let in.
func From(r store.Rules, addr netip.Addr) bool {
	if len(r.Networks) == 0 {
		return true
	}
	addr = addr.Unmap().WithZone("")
	for _, text := range r.Networks {
		// What cannot be read lets nobody in.
		if p, err := netip.ParsePrefix(text); err == nil && p.Contains(addr) {
			return true
		}
	}
	return false
}

// Cap returns a role as far as somebody's key opens.
func (a Asker) Cap(r authz.Role) authz.Role {
	if a.Most != authz.None && r > a.Most {
		return a.Most
	}
	return r
}
