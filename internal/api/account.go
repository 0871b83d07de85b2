package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// day is what a token's life is counted in.
const day = 24 * time.Hour

// accountAPI registers what people do with their own accounts.
func (s *service) accountAPI(api huma.API) {
	personal(s, api, http.MethodGet, "/account", http.StatusOK, s.getAccount)
	personal(s, api, http.MethodPatch, "/account", http.StatusOK, s.patchAccount)
	personal(s, api, http.MethodDelete, "/account", http.StatusNoContent, s.deleteAccount)
	personal(s, api, http.MethodPost, "/account/confirm", http.StatusOK, s.postConfirm)
	personal(s, api, http.MethodPost, "/account/confirm/passkey/begin", http.StatusOK, s.beginConfirm)
	personal(s, api, http.MethodPost, "/account/confirm/passkey/finish", http.StatusOK, s.finishConfirm)
	personal(s, api, http.MethodPost, "/account/confirm/provider", http.StatusOK, s.errand(account.ToConfirm))
	personal(s, api, http.MethodPut, "/account/password", http.StatusOK, s.putPassword)
	personal(s, api, http.MethodPost, "/account/email", http.StatusAccepted, s.postNewEmail)
	personal(s, api, http.MethodPost, "/verify/resend", http.StatusNoContent, s.postResend)
	personal(s, api, http.MethodGet, "/account/sessions", http.StatusOK, s.getSessions)
	personal(s, api, http.MethodDelete, "/account/sessions", http.StatusNoContent, s.deleteSessions)
	personal(s, api, http.MethodDelete, "/account/sessions/{id}", http.StatusNoContent, s.deleteSession)
	personal(s, api, http.MethodPost, "/account/codes", http.StatusOK, s.postCodes)
	personal(s, api, http.MethodPost, "/account/codes/confirm", http.StatusOK, s.confirmCodes)
	personal(s, api, http.MethodDelete, "/account/codes", http.StatusNoContent, s.deleteCodes)
	personal(s, api, http.MethodPost, "/account/recovery", http.StatusOK, s.postRecovery)
	personal(s, api, http.MethodPost, "/account/passkeys/begin", http.StatusOK, s.beginNewPasskey)
	personal(s, api, http.MethodPost, "/account/passkeys/finish", http.StatusOK, s.finishNewPasskey)
	personal(s, api, http.MethodPatch, "/account/passkeys/{id}", http.StatusNoContent, s.patchPasskey)
	personal(s, api, http.MethodDelete, "/account/passkeys/{id}", http.StatusNoContent, s.deletePasskey)
	personal(s, api, http.MethodPost, "/account/identities", http.StatusOK, s.errand(account.ToLink))
	personal(s, api, http.MethodPost, "/account/identities/waiting", http.StatusNoContent, s.postWaiting)
	personal(s, api, http.MethodDelete, "/account/identities/{id}", http.StatusNoContent, s.deleteIdentity)
	personal(s, api, http.MethodGet, "/account/tokens", http.StatusOK, s.getTokens)
	personal(s, api, http.MethodPost, "/account/tokens", http.StatusCreated, s.postToken)
	personal(s, api, http.MethodDelete, "/account/tokens/{id}", http.StatusNoContent, s.deleteToken)
}

type passkeyJSON struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Created int64  `json:"created"`
	Used    int64  `json:"used"`
	Site    string `json:"site"` // the name of this server that it works for
}

type linkedJSON struct {
	providerJSON
	Linked bool `json:"linked"`
}

type accountJSON struct {
	meJSON
	Created    int64          `json:"created"`
	Password   bool           `json:"password"` // there is one
	Codes      bool           `json:"codes"`    // there is an authenticator
	Recovery   int            `json:"recovery"` // codes that are left
	Recent     bool           `json:"recent"`   // they have just shown who they are
	Mail       bool           `json:"mail"`     // this site sends mail
	Passkeys   []passkeyJSON  `json:"passkeys"`
	Identities []identityJSON `json:"identities"`
	Providers  []linkedJSON   `json:"providers"`
}

func (s *service) getAccount(ctx context.Context, who account.Who, _ *none) (*body[accountJSON], error) {
	p, err := s.Accounts.Profile(ctx, who)
	if err != nil {
		return nil, err
	}
	out := accountJSON{
		meJSON: toMe(p.Account), Created: p.Account.Created, Password: p.Password, Codes: p.Codes, Recovery: p.Recovery,
		Recent: p.Recent, Mail: p.Mail, Passkeys: []passkeyJSON{}, Identities: []identityJSON{}, Providers: []linkedJSON{},
	}
	for _, k := range p.Passkeys {
		out.Passkeys = append(out.Passkeys, passkeyJSON{ID: formatHash(store.Hash(k.ID)), Name: k.Name, Created: k.Created, Used: k.Used, Site: k.RP})
	}
	for _, v := range p.Identities {
		out.Identities = append(out.Identities, s.toIdentity(v))
	}
	for _, c := range s.choices() {
		issuer := s.SignIn.Issuer(c.ID)
		linked := slices.ContainsFunc(p.Identities, func(v store.Identity) bool { return v.Issuer == issuer })
		out.Providers = append(out.Providers, linkedJSON{providerJSON(c), linked})
	}
	return &body[accountJSON]{out}, nil
}

type nameInput struct {
	Body struct {
		Name string `json:"name"`
	}
}

func (s *service) patchAccount(ctx context.Context, who account.Who, in *nameInput) (*body[meJSON], error) {
	a, err := s.Accounts.Rename(ctx, who, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return &body[meJSON]{toMe(a)}, nil
}

func (s *service) deleteAccount(ctx context.Context, who account.Who, _ *none) (*signedOut, error) {
	if err := s.Accounts.Delete(ctx, caller.Of(ctx).Client, who); err != nil {
		return nil, err
	}
	return &signedOut{Cookie: drop(caller.Cookie)}, nil
}

// rotated answers somebody whose sign-in has another secret now.
type rotated struct {
	Cookies []string `header:"Set-Cookie"`
	Body    meJSON
}

func rotatedOr(in account.SignedIn, err error) (*rotated, error) {
	if err != nil {
		return nil, err
	}
	return &rotated{Cookies: cookies(in), Body: toMe(in.Account)}, nil
}

type confirmInput struct {
	Body struct {
		Password string `json:"password,omitempty"`
		Code     string `json:"code,omitempty"`
	}
}

func (s *service) postConfirm(ctx context.Context, who account.Who, in *confirmInput) (*rotated, error) {
	if (in.Body.Password == "") == (in.Body.Code == "") {
		return nil, fault.New(fault.Invalid, "give the password or a code")
	}
	if in.Body.Code != "" {
		return rotatedOr(s.Accounts.ConfirmCode(ctx, who, in.Body.Code))
	}
	return rotatedOr(s.Accounts.ConfirmPassword(ctx, caller.Of(ctx).Client, who, in.Body.Password))
}

func (s *service) beginConfirm(ctx context.Context, who account.Who, _ *none) (*challenge, error) {
	c, err := s.Accounts.BeginConfirmPasskey(ctx, caller.Of(ctx).Client, who)
	if err != nil {
		return nil, err
	}
	return challenged(c), nil
}

type confirmAnswerInput struct {
	Body struct {
		Answer loose `json:"answer"`
	}
}

func (s *service) finishConfirm(ctx context.Context, who account.Who, in *confirmAnswerInput) (*rotated, error) {
	return rotatedOr(s.Accounts.ConfirmPasskey(ctx, caller.Of(ctx).Client, who, brought(ctx, passkeyCookie), in.Body.Answer))
}

type passwordInput struct {
	Body struct {
		Current  string `json:"current,omitempty"`
		Password string `json:"password"`
	}
}

func (s *service) putPassword(ctx context.Context, who account.Who, in *passwordInput) (*rotated, error) {
	return rotatedOr(s.Accounts.ChangePassword(ctx, caller.Of(ctx).Client, who, in.Body.Current, in.Body.Password))
}

func (s *service) postNewEmail(ctx context.Context, who account.Who, in *emailInput) (*none, error) {
	return nil, s.Accounts.ChangeEmail(ctx, caller.Of(ctx).Client, who, in.Body.Email)
}

func (s *service) postResend(ctx context.Context, who account.Who, _ *none) (*none, error) {
	return nil, s.Accounts.ResendVerify(ctx, caller.Of(ctx).Client, who)
}

type sessionJSON struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`  // as Firefox on Linux
	Place   string   `json:"place"` // the network it was last used from
	Created int64    `json:"created"`
	Seen    int64    `json:"seen"`
	Current bool     `json:"current"`
	By      []string `json:"by"` // what was shown
}

type sessionsJSON struct {
	Sessions []sessionJSON `json:"sessions"`
}

// ways names what somebody has shown.
func ways(p store.Proof) []string {
	out := []string{}
	for i, name := range []string{"password", "provider", "passkey", "code", "recovery", "mail"} {
		if p&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

func (s *service) getSessions(ctx context.Context, who account.Who, _ *none) (*body[sessionsJSON], error) {
	list, err := s.Accounts.Devices(ctx, who)
	if err != nil {
		return nil, err
	}
	out := sessionsJSON{Sessions: []sessionJSON{}}
	for i := range list {
		d := &list[i]
		out.Sessions = append(out.Sessions, sessionJSON{
			ID: id.Format(d.ID), Name: d.Name, Place: d.Place, Created: d.Created, Seen: d.Seen, Current: d.Current, By: ways(d.Proven),
		})
	}
	return &body[sessionsJSON]{out}, nil
}

func (s *service) deleteSessions(ctx context.Context, who account.Who, _ *none) (*none, error) {
	return nil, s.Accounts.EndOthers(ctx, who)
}

func (s *service) deleteSession(ctx context.Context, who account.Who, in *idInput) (*none, error) {
	v, err := parseID[store.SessionID](in.ID, "sign-in")
	if err != nil {
		return nil, err
	}
	return nil, s.Accounts.EndDevice(ctx, who, v)
}

type codesJSON struct {
	Secret string `json:"secret"`
	URI    string `json:"uri"`
}

func (s *service) postCodes(ctx context.Context, who account.Who, _ *none) (*body[codesJSON], error) {
	v, err := s.Accounts.BeginCodes(ctx, who)
	if err != nil {
		return nil, err
	}
	return &body[codesJSON]{codesJSON(v)}, nil
}

type recoveryJSON struct {
	Recovery []string `json:"recovery"` // told once
}

// added answers somebody who has a new second factor.
type added struct {
	Cookies []string `header:"Set-Cookie"`
	Body    recoveryJSON
}

func addedOr(v account.Added, err error) (*added, error) {
	if err != nil {
		return nil, err
	}
	return &added{Cookies: cookies(v.SignedIn), Body: recoveryJSON{append([]string{}, v.Recovery...)}}, nil
}

func (s *service) confirmCodes(ctx context.Context, who account.Who, in *codeInput) (*added, error) {
	return addedOr(s.Accounts.ConfirmCodes(ctx, caller.Of(ctx).Client, who, in.Body.Code))
}

func (s *service) deleteCodes(ctx context.Context, who account.Who, _ *none) (*none, error) {
	return nil, s.Accounts.DropCodes(ctx, caller.Of(ctx).Client, who)
}

func (s *service) postRecovery(ctx context.Context, who account.Who, _ *none) (*body[recoveryJSON], error) {
	v, err := s.Accounts.NewRecovery(ctx, caller.Of(ctx).Client, who)
	if err != nil {
		return nil, err
	}
	return &body[recoveryJSON]{recoveryJSON{v}}, nil
}

func (s *service) beginNewPasskey(ctx context.Context, who account.Who, _ *none) (*challenge, error) {
	c, err := s.Accounts.BeginPasskey(ctx, caller.Of(ctx).Client, who)
	if err != nil {
		return nil, err
	}
	return challenged(c), nil
}

type newPasskeyInput struct {
	Body struct {
		Name   string `json:"name"`
		Answer loose  `json:"answer"`
	}
}

func (s *service) finishNewPasskey(ctx context.Context, who account.Who, in *newPasskeyInput) (*added, error) {
	return addedOr(s.Accounts.FinishPasskey(ctx, caller.Of(ctx).Client, who, brought(ctx, passkeyCookie), in.Body.Name, in.Body.Answer))
}

// formatHash and parseHash are how hashes stand in addresses.
func formatHash(h store.Hash) string { return base64.RawURLEncoding.EncodeToString(h[:]) }

func parseHash(text string) (store.Hash, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != len(store.Hash{}) {
		return store.Hash{}, false
	}
	return store.Hash(b), true
}

func parsePasskey(text string) (store.PasskeyID, error) {
	h, ok := parseHash(text)
	if !ok {
		return store.PasskeyID{}, fault.New(fault.NotFound, "there is no such passkey")
	}
	return store.PasskeyID(h), nil
}

type passkeyNameInput struct {
	ID   string `path:"id"`
	Body struct {
		Name string `json:"name"`
	}
}

func (s *service) patchPasskey(ctx context.Context, who account.Who, in *passkeyNameInput) (*none, error) {
	p, err := parsePasskey(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Accounts.NamePasskey(ctx, who, p, in.Body.Name)
}

func (s *service) deletePasskey(ctx context.Context, who account.Who, in *idInput) (*none, error) {
	p, err := parsePasskey(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Accounts.DropPasskey(ctx, caller.Of(ctx).Client, who, p)
}

func (s *service) postWaiting(ctx context.Context, who account.Who, _ *none) (*signedOut, error) {
	if err := s.Accounts.LinkPending(ctx, caller.Of(ctx).Client, who, brought(ctx, linkingCookie)); err != nil {
		return nil, err
	}
	return &signedOut{Cookie: drop(linkingCookie)}, nil
}

// identityID names who somebody is at a provider, without saying it.
func identityID(k store.IdentityKey) string {
	return formatHash(sha256.Sum256([]byte(k.Issuer + "\x00" + k.Subject)))
}

func (s *service) deleteIdentity(ctx context.Context, who account.Who, in *idInput) (*none, error) {
	p, err := s.Accounts.Profile(ctx, who)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(p.Identities, func(v store.Identity) bool { return identityID(v.IdentityKey) == in.ID })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "the account is not linked to this")
	}
	v := p.Identities[i]
	return nil, s.Accounts.Unlink(ctx, caller.Of(ctx).Client, who, v.IdentityKey, s.named(v.Issuer))
}

type tokenJSON struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`
	Hint    string        `json:"hint"` // how it ends
	Scope   account.Scope `json:"scope" enum:"read,write,admin"`
	Created int64         `json:"created"`
	Expires int64         `json:"expires"`
	Used    int64         `json:"used"`
	Token   string        `json:"token,omitempty"` // only when it is made
}

func toToken(t store.Token, text string) tokenJSON {
	return tokenJSON{
		ID: id.Format(t.ID), Name: t.Name, Hint: t.Hint, Scope: account.ScopeOf(t), Created: t.Created, Expires: t.Expires, Used: t.Used, Token: text,
	}
}

type tokensJSON struct {
	Tokens []tokenJSON `json:"tokens"`
}

func (s *service) getTokens(ctx context.Context, who account.Who, _ *none) (*body[tokensJSON], error) {
	list, err := s.Accounts.Tokens(ctx, who)
	if err != nil {
		return nil, err
	}
	out := tokensJSON{Tokens: []tokenJSON{}}
	for _, t := range list {
		out.Tokens = append(out.Tokens, toToken(t, ""))
	}
	return &body[tokensJSON]{out}, nil
}

type tokenInput struct {
	Body struct {
		Name  string        `json:"name"`
		Scope account.Scope `json:"scope" enum:"read,write,admin"`
		Days  int           `json:"days" minimum:"1" maximum:"366"`
	}
}

func (s *service) postToken(ctx context.Context, who account.Who, in *tokenInput) (*body[tokenJSON], error) {
	b := &in.Body
	t, text, err := s.Accounts.NewToken(ctx, caller.Of(ctx).Client, who, b.Name, b.Scope, time.Duration(b.Days)*day)
	if err != nil {
		return nil, err
	}
	return &body[tokenJSON]{toToken(t, text)}, nil
}

func (s *service) deleteToken(ctx context.Context, who account.Who, in *idInput) (*none, error) {
	t, err := parseID[store.TokenID](in.ID, "token")
	if err != nil {
		return nil, err
	}
	return nil, s.Accounts.DropToken(ctx, who, t)
}
