package share

import (
	"context"
	"strings"

	"golang.org/x/text/unicode/norm"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Members lists who takes part.
func (s *Service) Members(ctx context.Context, a id.Account, m id.Map) ([]store.Member, error) {
	if _, err := s.need(ctx, m, a, authz.ListMembers); err != nil {
		return nil, err
	}
	return s.st.Members(ctx, m, s.c.MembersPerMap)
}

// SetMember adds somebody who has an account, or changes their role.
func (s *Service) SetMember(ctx context.Context, a id.Account, m id.Map, email string, r authz.Role) error {
	if _, err := s.need(ctx, m, a, authz.ManageMembers); err != nil {
		return err
	}
	if r != authz.View && r != authz.Edit && r != authz.Own {
		return fault.New(fault.Invalid, "a role is view, edit or own")
	}
	who, _, err := s.st.AccountByEmail(ctx, strings.ToLower(norm.NFC.String(strings.TrimSpace(email))))
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "nobody here has this e-mail; invite them first")
	}
	if err != nil {
		return err
	}
	if err := s.st.SetMember(ctx, m, who.ID, r, s.c.MembersPerMap, s.now()); err != nil {
		return err
	}
	s.tell(ctx, m, who.ID)
	return nil
}

// RemoveMember ends somebody's part in a map; everybody may end their own.
func (s *Service) RemoveMember(ctx context.Context, a id.Account, m id.Map, who id.Account) error {
	act := authz.ManageMembers
	if who == a {
		act = authz.Leave
	}
	if _, err := s.need(ctx, m, a, act); err != nil {
		return err
	}
	if err := s.st.RemoveMember(ctx, m, who); err != nil {
		return err
	}
	s.tell(ctx, m, who)
	return nil
}
