package org

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/store"
)

const (
	// inviteLife is how long an invitation can be accepted.
	inviteLife = 7 * 24 * time.Hour
	// maxUses is how many people one link lets in that is for nobody in particular.
	maxUses = 100
	// maxOpen is how many invitations can be open in one place.
	maxOpen = 1000
	// maxMine bounds the list of what one is invited to.
	maxMine = 100
	// secretBytes is the length of an invitation's secret.
	secretBytes = 32
)

// Invite is an invitation with the names that people know its ends by.
type Invite struct {
	store.Invitation
	Secret  string // empty: it was mailed, or is not known any more
	Inviter string
	Place   string
}

// NewInvite is what somebody fills in to invite.
type NewInvite struct {
	Email    string     // cleaned; empty: for whoever has the link
	Role     authz.Role // None: they only belong
	Uses     int
	Language mail.Language // of the mail
}

// invitable checks that the asker may invite to a place with a role, and returns what
// it is called and its organisation's rules.
func (s *Service) invitable(ctx context.Context, a gate.Asker, place store.Ref, r authz.Role) (string, store.Rules, error) {
	if r > authz.Own || r == authz.None && place.Sort != store.SortOrg {
		return "", store.Rules{}, fault.New(fault.Invalid, "a role is view, comment, edit or own")
	}
	switch place.Sort {
	case store.SortMap:
		v, err := s.st.Membership(ctx, id.Map(place.ID), a.Account)
		if err != nil || v.Map.Deleted > 0 || !authz.Allowed(a.Cap(v.Role), authz.OpenMap) {
			return "", v.Rules, orElse(err, fault.New(fault.NotFound, "there is no such map"))
		}
		if !authz.Allowed(a.Cap(v.Role), authz.ManageMembers) {
			return "", v.Rules, fault.New(fault.Permission, "your role in this map does not allow this")
		}
		return v.Map.Title, v.Rules, gate.Meets(v.Rules, a)
	case store.SortFolder:
		_, rules, err := s.Need(ctx, a, place, authz.GiveRoles)
		if err != nil {
			return "", rules, err
		}
		f, err := s.st.Folder(ctx, store.FolderID(place.ID))
		return f.Name, rules, err
	case store.SortOrg:
		_, rules, err := s.Need(ctx, a, place, authz.ManageOrg)
		if err != nil {
			return "", rules, err
		}
		o, err := s.st.Org(ctx, store.OrgID(place.ID))
		return o.Name, rules, err
	}
	return "", store.Rules{}, fault.New(fault.NotFound, "there is no such place")
}

func orElse(err error, none *fault.Error) error {
	if err != nil {
		return err
	}
	return none
}

// Invite invites an address to a place with a role; into an organisation, whose role
// may be none, they will belong to it. An empty address makes a link for so many.
func (s *Service) Invite(ctx context.Context, a gate.Asker, place store.Ref, n NewInvite) (Invite, error) {
	name, rules, err := s.invitable(ctx, a, place, n.Role)
	if err != nil {
		return Invite{}, err
	}
	if place.Sort != store.SortOrg && !rules.Guests && rules.Org != (store.OrgID{}) {
		return Invite{}, fault.New(fault.Permission, "the organisation gives roles only to people who belong to it; invite them there first")
	}
	if n.Uses < 1 || n.Uses > maxUses || n.Email != "" && n.Uses != 1 {
		return Invite{}, fault.New(fault.Invalid, "a link for anybody is used from 1 to 100 times, one for an address once")
	}
	by, err := s.st.Account(ctx, a.Account)
	if err != nil {
		return Invite{}, err
	}
	var b [secretBytes]byte
	rand.Read(b[:]) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	now := s.c.Now()
	v := Invite{
		Invitation: store.Invitation{
			ID: newID[store.InvitationID](), Hash: sha256.Sum256(b[:]), By: a.Account,
			Created: now.UnixMilli(), Expires: now.Add(inviteLife).UnixMilli(), Uses: n.Uses, Email: n.Email,
		},
		Secret: base64.RawURLEncoding.EncodeToString(b[:]), Inviter: by.Name, Place: name,
	}
	if place.Sort == store.SortOrg {
		v.Party = store.OrgID(place.ID)
	}
	if n.Role != authz.None {
		v.Object, v.Role = place, n.Role
	}
	return s.send(ctx, n.Language, v)
}

// send stores an invitation and mails it. Its secret is told to whoever invites only
// when it was not: a mailed one proves the address.
func (s *Service) send(ctx context.Context, lang mail.Language, v Invite) (Invite, error) {
	v.Mailed = v.Email != "" && s.c.Mail != nil
	if err := s.st.CreateInvitation(ctx, v.Invitation, maxOpen); err != nil || !v.Mailed {
		return v, err
	}
	if err := s.c.Mail(ctx, lang, v); err != nil {
		of := v.Object
		if of == (store.Ref{}) {
			of = store.OfOrg(v.Party)
		}
		return Invite{}, errors.Join(err, s.st.DeleteInvitation(ctx, v.ID, of))
	}
	v.Secret = ""
	return v, nil
}

// Invitations lists what is open in a place.
func (s *Service) Invitations(ctx context.Context, a gate.Asker, place store.Ref) ([]store.Invitation, error) {
	if _, _, err := s.invitable(ctx, a, place, authz.View); err != nil {
		return nil, err
	}
	return s.st.ListInvitations(ctx, place, s.now(), maxOpen)
}

// Uninvite withdraws an invitation to a place.
func (s *Service) Uninvite(ctx context.Context, a gate.Asker, place store.Ref, v store.InvitationID) error {
	if _, _, err := s.invitable(ctx, a, place, authz.View); err != nil {
		return err
	}
	return s.st.DeleteInvitation(ctx, v, place)
}

// Peek tells whoever holds an invitation where it leads. The error is fault.NotFound
// when it cannot be used any more.
func (s *Service) Peek(ctx context.Context, secret string) (Invite, error) {
	gone := fault.New(fault.NotFound, "the invitation is unknown, expired or used up")
	h, ok := hashOf(secret)
	if !ok {
		return Invite{}, gone
	}
	v, err := s.st.Invitation(ctx, h)
	if fault.Is(err, fault.NotFound) || err == nil && (v.Expires <= s.now() || v.Used >= v.Uses) {
		return Invite{}, gone
	}
	if err != nil {
		return Invite{}, err
	}
	return s.named(ctx, v)
}

func hashOf(secret string) (store.Hash, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(b) != secretBytes || len(secret) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return store.Hash{}, false
	}
	return sha256.Sum256(b), true
}

// named fills in what people know an invitation's ends by; what is gone has no name.
func (s *Service) named(ctx context.Context, v store.Invitation) (Invite, error) {
	out := Invite{Invitation: v}
	by, err := s.st.Account(ctx, v.By)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Invite{}, err
	}
	out.Inviter = by.Name
	switch {
	case v.Party != (store.OrgID{}):
		var o store.Org
		o, err = s.st.Org(ctx, v.Party)
		out.Place = o.Name
	case v.Object.Sort == store.SortMap:
		var m store.Map
		m, err = s.st.Map(ctx, id.Map(v.Object.ID))
		out.Place = m.Title
	case v.Object.Sort == store.SortFolder:
		var f store.Folder
		f, err = s.st.Folder(ctx, store.FolderID(v.Object.ID))
		out.Place = f.Name
	}
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return out, err
}

// Mine lists what somebody is invited to by their address, once they have proven it.
func (s *Service) Mine(ctx context.Context, who store.Account) ([]Invite, error) {
	if who.Verified == 0 {
		return nil, nil
	}
	list, err := s.st.InvitationsFor(ctx, who.Email, s.now(), maxMine)
	if err != nil {
		return nil, err
	}
	out := make([]Invite, 0, len(list))
	for _, v := range list {
		n, err := s.named(ctx, v)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// Accept lets somebody in by an invitation's secret.
func (s *Service) Accept(ctx context.Context, a gate.Asker, secret string) (store.Invitation, error) {
	h, ok := hashOf(strings.TrimSpace(secret))
	if !ok {
		return store.Invitation{}, fault.New(fault.Permission, "the invitation is unknown, expired, used up or for another address")
	}
	return s.accept(ctx, a, h)
}

// AcceptMine accepts one of Mine.
func (s *Service) AcceptMine(ctx context.Context, a gate.Asker, who store.Account, v store.InvitationID) (store.Invitation, error) {
	list, err := s.Mine(ctx, who)
	if err != nil {
		return store.Invitation{}, err
	}
	for _, n := range list {
		if n.ID == v {
			return s.accept(ctx, a, n.Hash)
		}
	}
	return store.Invitation{}, fault.New(fault.NotFound, "there is no such invitation")
}

func (s *Service) accept(ctx context.Context, a gate.Asker, h store.Hash) (store.Invitation, error) {
	v, err := s.st.AcceptInvitation(ctx, h, a.Account, s.now())
	return v, s.changed(ctx, err)
}
