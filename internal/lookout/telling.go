package lookout

import (
	"context"
	"encoding/json"
	"slices"

	"plectica/internal/fault"
	"plectica/internal/store"
	"plectica/internal/watch"
)

// Bounds of how sensitive the watch may be set.
const (
	minSensitivity = 0.25
	maxSensitivity = 4
)

// Telling is what an organisation, or the site, wants to be told of, and what the server does
// about it by itself.
type Telling struct {
	Sensitivity float64        `json:"sensitivity"` // 1 is usual; 2 tells of what is half as rare
	Off         []watch.Kind   `json:"off,omitempty"`
	Automatic   []watch.Answer `json:"automatic,omitempty"` // of the site alone
}

// CanBeAutomatic reports whether the server may do something by itself: what harms nobody who
// is who they say.
func CanBeAutomatic(a watch.Answer) bool { return a == watch.StepUp || a == watch.SlowDown }

func (t Telling) check(o store.OrgID) error {
	if !(t.Sensitivity >= minSensitivity && t.Sensitivity <= maxSensitivity) {
		return fault.New(fault.Invalid, "the sensitivity is between a quarter and four")
	}
	for i, k := range t.Off {
		if !watch.IsKind(string(k)) || slices.Contains(t.Off[:i], k) {
			return fault.New(fault.Invalid, "there is no such kind of alert, or it is there twice")
		}
	}
	if o != (store.OrgID{}) && len(t.Automatic) > 0 {
		return fault.New(fault.Invalid, "what is done by itself is the site's to decide")
	}
	for i, a := range t.Automatic {
		if !CanBeAutomatic(a) || slices.Contains(t.Automatic[:i], a) {
			return fault.New(fault.Invalid, "this is not done by itself")
		}
	}
	return nil
}

// Telling returns what an organisation wants to be told of; the zero one stands for the site.
func (s *Service) Telling(o store.OrgID) Telling {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tellings[o]
	if !ok {
		t.Sensitivity = 1
	}
	return t
}

// SetTelling changes it, and returns fault.Invalid for what it cannot be.
func (s *Service) SetTelling(ctx context.Context, o store.OrgID, t Telling) error {
	if err := t.check(o); err != nil {
		return err
	}
	data, err := json.Marshal(t)
	if err != nil {
		return fault.Wrap(fault.Internal, "write what is to be told", err)
	}
	if err := s.c.Store.SetTelling(ctx, store.Telling{Org: o, Data: data}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tellings[o] = t
	return nil
}

// recall reads what everybody wants to be told of, as another server may have changed it.
func (s *Service) recall(ctx context.Context) error {
	list, err := s.c.Store.Tellings(ctx)
	if err != nil {
		return err
	}
	all := map[store.OrgID]Telling{}
	for _, v := range list {
		var t Telling
		if err := json.Unmarshal(v.Data, &t); err != nil || t.check(v.Org) != nil {
			s.report(ctx, fault.New(fault.Internal, "what somebody wants to be told cannot be read: it is what it is by default"))
			continue
		}
		all[v.Org] = t
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tellings = all
	return nil
}

// settings are those of the watch: it notices whatever either the organisation or the site wants
// to be told of. Nobody can keep others from noticing.
func (s *Service) settings(o store.OrgID) watch.Settings {
	site, own := s.Telling(store.OrgID{}), s.Telling(o)
	both := watch.Settings{Sensitivity: max(site.Sensitivity, own.Sensitivity)}
	for _, k := range site.Off {
		if slices.Contains(own.Off, k) {
			both.Off = append(both.Off, k)
		}
	}
	return both
}

// wants reports whether somebody wants to be told of an alert.
func (t Telling) wants(a Alert) bool {
	return a.Score >= watch.Settings{Sensitivity: t.Sensitivity}.Least() && !slices.Contains(t.Off, a.Kind)
}
