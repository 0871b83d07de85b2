package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"plectica/internal/authz"
	"plectica/internal/factor"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/store"
)

const (
	// MaxTokenLife is how long a token works at most.
	MaxTokenLife = 366 * 24 * time.Hour
	// maxTokens is how many tokens an account can have.
	maxTokens = 50
	// noteToken is how exactly a token's last use is known.
	noteToken = time.Minute
)

// Scope is how much a token lets a program do.
type Scope string

// The scopes; each includes those before it.
const (
	ScopeRead  Scope = "read"
	ScopeWrite Scope = "write"
	ScopeAdmin Scope = "admin"
)

// strong marks the token of somebody who had shown a second factor when they made it.
const strong = "strong"

// scopes are the roles that scopes open at most.
func scopes() map[Scope]authz.Role {
	return map[Scope]authz.Role{ScopeRead: authz.View, ScopeWrite: authz.Edit, ScopeAdmin: authz.Own}
}

// Most is the highest role that somebody's key opens; None: it has no such bound.
func (w Who) Most() authz.Role {
	if !w.Program() {
		return authz.None
	}
	return scopes()[ScopeOf(w.Token)]
}

// Strong reports whether a second factor was shown: in this sign-in, or when the token
// was made.
func (w Who) Strong() bool {
	if w.Program() {
		return slices.Contains(strings.Fields(w.Token.Scopes), strong)
	}
	return w.Session.Proven.Strong()
}

// ScopeOf returns how much a token lets a program do.
func ScopeOf(t store.Token) Scope {
	for _, text := range strings.Fields(t.Scopes) {
		if scopes()[Scope(text)] != authz.None {
			return Scope(text)
		}
	}
	return ScopeRead
}

// Tokens lists a person's tokens, the newest first.
func (s *Service) Tokens(ctx context.Context, w Who) ([]store.Token, error) {
	if w.Program() {
		return nil, errProgram()
	}
	return s.st.ListTokens(ctx, w.Account.ID)
}

// NewToken makes a token and returns it with its text, which is not kept.
func (s *Service) NewToken(ctx context.Context, from Client, w Who, name string, scope Scope, life time.Duration) (store.Token, string, error) {
	if err := s.NeedRecent(ctx, w); err != nil {
		return store.Token{}, "", err
	}
	name, err := cleanLabel(name)
	if err != nil {
		return store.Token{}, "", err
	}
	if scopes()[scope] == authz.None {
		return store.Token{}, "", fault.New(fault.Invalid, "a token's scope is read, write or admin")
	}
	if life <= 0 || life > MaxTokenLife {
		return store.Token{}, "", fault.New(fault.Invalid, "a token works for at most a year, and ends in the future")
	}
	now := s.c.Now()
	text, h, hint := factor.NewToken()
	v := store.Token{
		ID: newID[store.TokenID](), Hash: h, Account: w.Account.ID, Name: name, Hint: hint, Scopes: string(scope) + strongMark(w),
		Created: now.UnixMilli(), Expires: now.Add(life).UnixMilli(),
	}
	if err := s.st.CreateToken(ctx, v, maxTokens); err != nil {
		return store.Token{}, "", err
	}
	s.tell(ctx, from, w.Account.Email, mail.TokenMade{Event: s.event(from), Label: mail.Name(name)})
	return v, text, nil
}

func strongMark(w Who) string {
	if w.Strong() {
		return " " + strong
	}
	return ""
}

// DropToken withdraws a token.
func (s *Service) DropToken(ctx context.Context, w Who, v store.TokenID) error {
	if w.Program() {
		return errProgram()
	}
	return s.changed(ctx, s.st.DropToken(ctx, w.Account.ID, v, s.now()))
}

// EndTokensOf withdraws those tokens of somebody that it is about, for operators who have just
// shown who they are. It returns how many.
func (s *Service) EndTokensOf(ctx context.Context, w Who, a id.Account, about func(store.TokenID) bool) (n int, err error) {
	if err := s.manage(ctx, w); err != nil {
		return 0, err
	}
	list, err := s.st.ListTokens(ctx, a)
	for _, t := range list {
		if err == nil && about(t.ID) {
			err = s.changed(ctx, s.st.DropToken(ctx, a, t.ID, s.now()))
			n++
		}
	}
	return n, err
}

// ByToken returns for whom a program acts, or fault.Auth.
func (s *Service) ByToken(ctx context.Context, from Client, text string) (Who, error) {
	refused := fault.New(fault.Auth, "the token is unknown, expired or was withdrawn")
	refund, err := s.limits.token(s.c.Now(), from)
	if err != nil {
		return Who{}, err
	}
	h, ok := factor.ParseToken(text)
	if !ok {
		return Who{}, refused
	}
	v, a, err := s.st.Token(ctx, h)
	if fault.Is(err, fault.NotFound) || err == nil && !s.tokenHolds(v, a) {
		return Who{}, refused
	}
	if err != nil {
		return Who{}, err
	}
	refund()
	if s.now()-v.Used >= noteToken.Milliseconds() {
		s.report(ctx, s.st.TouchToken(ctx, v.ID, s.now()))
	}
	return Who{Account: a, Token: v}, nil
}

func (s *Service) tokenHolds(v store.Token, a store.Account) bool {
	return v.Expires > s.now() && a.Locked == 0
}

// StillToken returns for whom a program acts now, or fault.Auth when its token has
// ended.
func (s *Service) StillToken(ctx context.Context, a id.Account, v store.TokenID) (Who, error) {
	who, err := s.st.Account(ctx, a)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Who{}, err
	}
	list, lerr := s.st.ListTokens(ctx, a)
	if lerr != nil {
		return Who{}, lerr
	}
	i := slices.IndexFunc(list, func(t store.Token) bool { return t.ID == v })
	if err != nil || i < 0 || !s.tokenHolds(list[i], who) {
		return Who{}, errNotSignedIn()
	}
	return Who{Account: who, Token: list[i]}, nil
}
