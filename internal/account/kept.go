package account

import (
	"context"
	"encoding/json"

	"plectica/internal/fault"
	"plectica/internal/id"
)

// Bounds of what a person keeps.
const (
	MaxKept     = 60 << 10 // bytes of one thing
	maxKeptName = 64       // bytes
	mostKept    = 2000     // things of one person
	roomKept    = 4 << 20  // bytes of all of them
)

// nothing is what is kept under a name that nothing was kept under.
const nothing = "null"

// Kept returns what a person keeps under a name, as JSON, null for nothing.
func (s *Service) Kept(ctx context.Context, a id.Account, name string) (json.RawMessage, error) {
	v, err := s.st.Kept(ctx, a, name)
	if fault.Is(err, fault.NotFound) {
		return json.RawMessage(nothing), nil
	}
	return v, err
}

// Keep keeps JSON under a name; null forgets it.
func (s *Service) Keep(ctx context.Context, a id.Account, name string, value json.RawMessage) error {
	switch {
	case !keptName(name):
		return fault.New(fault.Invalid, "a name has up to 64 small letters, digits and hyphens")
	case len(value) > MaxKept:
		return fault.New(fault.Limit, "this is too large to be kept")
	case !json.Valid(value):
		return fault.New(fault.Invalid, "what is kept must be JSON")
	}
	if string(value) == nothing {
		value = nil
	}
	return s.st.Keep(ctx, a, name, value, mostKept, roomKept, s.c.Now().UnixMilli())
}

func keptName(name string) bool {
	for _, c := range []byte(name) {
		if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return name != "" && len(name) <= maxKeptName
}
