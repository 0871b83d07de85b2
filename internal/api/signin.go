package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/caller"
	"plectica/internal/fault"
)

// signInAPI registers the steps of a sign-in, and what mails lead to.
func (s *service) signInAPI(api huma.API) {
	handle(s, api, http.MethodPost, "/first", http.StatusOK, s.postFirst)
	handle(s, api, http.MethodPost, "/signup", http.StatusAccepted, s.postSignUp)
	handle(s, api, http.MethodPost, "/signin", http.StatusOK, s.postSignIn)
	handle(s, api, http.MethodGet, "/signin/pending", http.StatusOK, s.getPending)
	handle(s, api, http.MethodPost, "/signin/code", http.StatusOK, s.postSecond(s.Accounts.SecondCode))
	handle(s, api, http.MethodPost, "/signin/recovery", http.StatusOK, s.postSecond(s.Accounts.SecondRecovery))
	handle(s, api, http.MethodPost, "/signin/mail", http.StatusOK, s.postSecond(s.Accounts.SecondMail))
	handle(s, api, http.MethodPost, "/signin/mail/again", http.StatusOK, s.postMailAgain)
	handle(s, api, http.MethodPost, "/signin/passkey/begin", http.StatusOK, s.beginPasskey)
	handle(s, api, http.MethodPost, "/signin/passkey/finish", http.StatusOK, s.finishPasskey)
	handle(s, api, http.MethodPost, "/signin/provider", http.StatusOK, s.postProvider)
	handle(s, api, http.MethodPost, "/signout", http.StatusNoContent, s.postSignOut)
	handle(s, api, http.MethodPost, "/forgot", http.StatusAccepted, s.postForgot)
	handle(s, api, http.MethodPost, "/reset", http.StatusOK, s.postReset)
	handle(s, api, http.MethodPost, "/verify", http.StatusNoContent, s.postVerify)
	handle(s, api, http.MethodPost, "/email", http.StatusNoContent, s.postEmail)
}

type meJSON struct {
	ID       string `json:"id"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	Operator bool   `json:"operator"`
	Verified bool   `json:"verified"` // the address is proven
}

// signInJSON is the person who is signed in now; or, with status 202, how to go on.
type signInJSON struct {
	*meJSON
	Second []account.Way `json:"second,omitempty"`
}

// signedIn is what became of a step of a sign-in. With status 202 nobody is signed in.
type signedIn struct {
	Status  int
	Cookies []string `header:"Set-Cookie"`
	Body    signInJSON
}

// signedIn passes an error on or answers with what became of a step.
func (s *service) signedIn(ctx context.Context, in account.SignedIn, err error) (*signedIn, error) {
	if err != nil {
		return nil, err
	}
	out := &signedIn{Status: http.StatusOK, Cookies: cookies(in)}
	if in.Pending != nil {
		out.Status, out.Body.Second = http.StatusAccepted, in.Pending.Ways
		return out, nil
	}
	me := toMe(in.Account)
	out.Body.meJSON = &me
	if brought(ctx, pendingCookie) != "" {
		out.Cookies = append(out.Cookies, drop(pendingCookie))
	}
	return out, nil
}

type firstInput struct {
	Body struct {
		Secret   string `json:"secret"`
		Email    string `json:"email"`
		Name     string `json:"name"`
		Password string `json:"password"`
	}
}

func (s *service) postFirst(ctx context.Context, in *firstInput) (*signedIn, error) {
	b := &in.Body
	v, err := s.Accounts.First(ctx, caller.Of(ctx).Client, b.Secret, account.Person{Email: b.Email, Name: b.Name, Password: b.Password})
	return s.signedIn(ctx, v, err)
}

type signUpInput struct {
	Body struct {
		Email      string `json:"email"`
		Name       string `json:"name"`
		Password   string `json:"password"`
		Invitation string `json:"invitation,omitempty"`
	}
}

// nextJSON says what to do after signing up. It says so whether or not there
// was such an account already: only the right password tells the two apart.
type nextJSON struct {
	Next string `json:"next"`
}

func (s *service) postSignUp(ctx context.Context, in *signUpInput) (*body[nextJSON], error) {
	b := &in.Body
	err := s.Accounts.SignUp(ctx, caller.Of(ctx).Client, account.Person{Email: b.Email, Name: b.Name, Password: b.Password}, b.Invitation)
	if err != nil {
		return nil, err
	}
	return &body[nextJSON]{nextJSON{Next: "signin"}}, nil
}

type signInInput struct {
	Body struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
}

func (s *service) postSignIn(ctx context.Context, in *signInInput) (*signedIn, error) {
	v, err := s.Accounts.SignIn(ctx, caller.Of(ctx).Client, in.Body.Email, in.Body.Password)
	return s.signedIn(ctx, v, err)
}

// pendingJSON is what a sign-in in this browser still waits for; neither: nothing.
type pendingJSON struct {
	Second  []account.Way `json:"second"`
	Linking bool          `json:"linking"`
}

func (s *service) getPending(ctx context.Context, _ *none) (*body[pendingJSON], error) {
	ways, linking, err := s.Accounts.Waits(ctx, caller.Of(ctx).Client, brought(ctx, pendingCookie), brought(ctx, linkingCookie))
	if err != nil {
		return nil, err
	}
	return &body[pendingJSON]{pendingJSON{Second: append([]account.Way{}, ways...), Linking: linking}}, nil
}

type codeInput struct {
	Body struct {
		Code string `json:"code"`
	}
}

type secondStep func(ctx context.Context, from account.Client, pending, code string) (account.SignedIn, error)

// postSecond finishes a sign-in with a code of some sort.
func (s *service) postSecond(step secondStep) func(ctx context.Context, in *codeInput) (*signedIn, error) {
	return func(ctx context.Context, in *codeInput) (*signedIn, error) {
		v, err := step(ctx, caller.Of(ctx).Client, brought(ctx, pendingCookie), in.Body.Code)
		return s.signedIn(ctx, v, err)
	}
}

// postMailAgain mails another code; the answer is that of a sign-in that waits for one.
func (s *service) postMailAgain(ctx context.Context, _ *none) (*signedIn, error) {
	v, err := s.Accounts.MailCodeAgain(ctx, caller.Of(ctx).Client, brought(ctx, pendingCookie))
	return s.signedIn(ctx, v, err)
}

type secondInput struct {
	Body struct {
		Second bool `json:"second"` // to finish a sign-in, not to begin one
	}
}

type challengeJSON struct {
	PublicKey loose `json:"publicKey"`
}

type challenge struct {
	Cookies []string `header:"Set-Cookie"`
	Body    challengeJSON
}

func (s *service) beginPasskey(ctx context.Context, in *secondInput) (*challenge, error) {
	pending := ""
	if in.Body.Second {
		if pending = brought(ctx, pendingCookie); pending == "" {
			return nil, fault.New(fault.Gone, "no sign-in waits in this browser; begin anew")
		}
	}
	c, err := s.Accounts.BeginPasskeySignIn(ctx, caller.Of(ctx).Client, pending)
	if err != nil {
		return nil, err
	}
	return challenged(c), nil
}

type answerInput struct {
	Body struct {
		Second bool  `json:"second"`
		Answer loose `json:"answer"`
	}
}

func (s *service) finishPasskey(ctx context.Context, in *answerInput) (*signedIn, error) {
	from, secret := caller.Of(ctx).Client, brought(ctx, passkeyCookie)
	var v account.SignedIn
	var err error
	if in.Body.Second {
		v, err = s.Accounts.SecondPasskey(ctx, from, brought(ctx, pendingCookie), secret, in.Body.Answer)
	} else {
		v, err = s.Accounts.PasskeySignIn(ctx, from, secret, in.Body.Answer)
	}
	out, err := s.signedIn(ctx, v, err)
	if err == nil {
		out.Cookies = append(out.Cookies, drop(passkeyCookie))
	}
	return out, err
}

type signedOut struct {
	Cookie string `header:"Set-Cookie"`
}

// postSignOut also removes a cookie that no longer means anything.
func (s *service) postSignOut(ctx context.Context, _ *none) (*signedOut, error) {
	who, err := s.Callers.Who(ctx)
	if err == nil && !who.Program() {
		err = s.Accounts.SignOut(ctx, who)
	}
	if err != nil && !fault.Is(err, fault.Auth) {
		return nil, err
	}
	return &signedOut{Cookie: drop(caller.Cookie)}, nil
}

type emailInput struct {
	Body struct {
		Email string `json:"email"`
	}
}

func (s *service) postForgot(ctx context.Context, in *emailInput) (*none, error) {
	return nil, s.Accounts.Forgot(ctx, caller.Of(ctx).Client, in.Body.Email)
}

type resetInput struct {
	Body struct {
		Secret   string `json:"secret"`
		Password string `json:"password"`
	}
}

func (s *service) postReset(ctx context.Context, in *resetInput) (*signedIn, error) {
	v, err := s.Accounts.Reset(ctx, caller.Of(ctx).Client, in.Body.Secret, in.Body.Password)
	return s.signedIn(ctx, v, err)
}

func (s *service) postVerify(ctx context.Context, in *secretInput) (*none, error) {
	return nil, s.Accounts.Verify(ctx, caller.Of(ctx).Client, in.Body.Secret)
}

func (s *service) postEmail(ctx context.Context, in *secretInput) (*none, error) {
	return nil, s.Accounts.ConfirmEmail(ctx, caller.Of(ctx).Client, in.Body.Secret)
}
