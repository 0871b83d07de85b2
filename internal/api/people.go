package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/audit"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/problem"
)

// maxOrgs is how many organisations the operator is shown.
const maxOrgs = 1000

// peopleAPI registers what is the operator's alone: everybody's accounts, all
// organisations, and how the site's mail and providers are.
func (s *service) peopleAPI(api huma.API) {
	personal(s, api, http.MethodGet, "/people", http.StatusOK, s.getAccounts)
	personal(s, api, http.MethodPost, "/people/{id}/lock", http.StatusNoContent, s.manage(s.Accounts.Lock))
	personal(s, api, http.MethodPost, "/people/{id}/unlock", http.StatusNoContent, s.manage(s.Accounts.Unlock))
	personal(s, api, http.MethodPost, "/people/{id}/signout", http.StatusNoContent, s.manage(s.Accounts.SignOutOther))
	personal(s, api, http.MethodPut, "/people/{id}/operator", http.StatusNoContent, s.putOperator)
	personal(s, api, http.MethodPost, "/people/{id}/reset", http.StatusOK, s.postOthersReset)
	personal(s, api, http.MethodGet, "/site/orgs", http.StatusOK, s.getAllOrgs)
	personal(s, api, http.MethodGet, "/site/providers", http.StatusOK, s.getProviders)
	personal(s, api, http.MethodGet, "/site/mail", http.StatusOK, s.getMail)
	personal(s, api, http.MethodPost, "/site/mail/test", http.StatusAccepted, s.postTestMail)
}

type peopleInput struct {
	With  string `query:"with" maxLength:"200"`
	After string `query:"after" maxLength:"254"`
}

type somebodyJSON struct {
	ID       string `json:"id"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	Created  int64  `json:"created"`
	Operator bool   `json:"operator"`
	Verified bool   `json:"verified"`
	Locked   int64  `json:"locked"` // since when; 0: not
	Strong   bool   `json:"strong"` // they have a second factor
}

type everybodyJSON struct {
	People []somebodyJSON `json:"people"`
	More   bool           `json:"more"`
}

func (s *service) getAccounts(ctx context.Context, who account.Who, in *peopleInput) (*body[everybodyJSON], error) {
	list, more, err := s.Accounts.People(ctx, who, in.With, in.After)
	if err != nil {
		return nil, err
	}
	out := everybodyJSON{People: []somebodyJSON{}, More: more}
	for i := range list {
		v := &list[i]
		out.People = append(out.People, somebodyJSON{
			ID: v.ID.String(), Email: v.Email, Name: v.Name, Created: v.Created, Operator: v.Operator,
			Verified: v.Verified != 0, Locked: v.Locked, Strong: v.Strong,
		})
	}
	return &body[everybodyJSON]{out}, nil
}

// manage answers for what is done to somebody's account.
func (s *service) manage(f func(ctx context.Context, who account.Who, a id.Account) error) func(context.Context, account.Who, *idInput) (*none, error) {
	return func(ctx context.Context, who account.Who, in *idInput) (*none, error) {
		a, err := parseAccount(in.ID)
		if err != nil {
			return nil, err
		}
		return nil, f(ctx, who, a)
	}
}

type operatorInput struct {
	ID   string `path:"id"`
	Body struct {
		On bool `json:"on"`
	}
}

func (s *service) putOperator(ctx context.Context, who account.Who, in *operatorInput) (*none, error) {
	a, err := parseAccount(in.ID)
	if err != nil {
		return nil, err
	}
	audit.In(ctx).Count("operator", truth(in.Body.On))
	return nil, s.Accounts.SetOperator(ctx, who, a, in.Body.On)
}

type othersResetInput struct {
	ID   string `path:"id"`
	Body struct {
		Mail bool `json:"mail"` // else the path is told
	}
}

type pathJSON struct {
	Path string `json:"path"` // to be passed on; empty: it was mailed
}

func (s *service) postOthersReset(ctx context.Context, who account.Who, in *othersResetInput) (*body[pathJSON], error) {
	a, err := parseAccount(in.ID)
	if err != nil {
		return nil, err
	}
	path, err := s.Accounts.ResetOther(ctx, caller.Of(ctx).Client, who, a, in.Body.Mail)
	if err != nil {
		return nil, err
	}
	return &body[pathJSON]{pathJSON{path}}, nil
}

type siteOrgJSON struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	People  int    `json:"people"`
	Created int64  `json:"created"`
	Second  bool   `json:"second"`
}

type siteOrgsJSON struct {
	Orgs []siteOrgJSON `json:"orgs"`
	More bool          `json:"more"`
}

func (s *service) getAllOrgs(ctx context.Context, who account.Who, _ *none) (*body[siteOrgsJSON], error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	list, err := s.Orgs.All(ctx, maxOrgs+1)
	if err != nil {
		return nil, err
	}
	out := siteOrgsJSON{Orgs: []siteOrgJSON{}, More: len(list) > maxOrgs}
	list = list[:min(len(list), maxOrgs)]
	for i := range list {
		v := &list[i]
		out.Orgs = append(out.Orgs, siteOrgJSON{ID: id.Format(v.Org.ID), Name: v.Org.Name, People: v.People, Created: v.Org.Created, Second: v.Org.Rules.Second})
	}
	return &body[siteOrgsJSON]{out}, nil
}

type healthJSON struct {
	providerJSON
	Issuer  string `json:"issuer"`
	OK      bool   `json:"ok"`
	Problem string `json:"problem"`
}

type healthsJSON struct {
	Providers []healthJSON `json:"providers"`
}

// getProviders asks every provider whether it answers as it has to, all at once.
func (s *service) getProviders(ctx context.Context, who account.Who, _ *none) (*body[healthsJSON], error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	choices := s.choices()
	out := healthsJSON{Providers: make([]healthJSON, len(choices))}
	var all sync.WaitGroup // each is bounded in time
	for i, c := range choices {
		all.Go(func() {
			h := healthJSON{providerJSON: providerJSON(c), Issuer: s.SignIn.Issuer(c.ID), OK: true}
			if err := s.SignIn.Health(ctx, c.ID); err != nil {
				h.OK, h.Problem = false, problem.Of(err).Detail
			}
			out.Providers[i] = h
		})
	}
	all.Wait()
	return &body[healthsJSON]{out}, nil
}

type mailJSON struct {
	Driver  string `json:"driver" enum:"smtp,log,none"`
	From    string `json:"from"`
	Waiting int    `json:"waiting"`
	Oldest  int64  `json:"oldest"`  // when the oldest that waits was written; 0: none does
	Problem string `json:"problem"` // what keeps mail from being sent; empty: nothing
}

func (s *service) getMail(ctx context.Context, who account.Who, _ *none) (*body[mailJSON], error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	if s.Mail == nil || !s.Mail.Enabled() {
		return &body[mailJSON]{mailJSON{Driver: "none"}}, nil
	}
	n, oldest, err := s.Mail.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	out := mailJSON{Driver: s.Mail.Name(), From: s.Mail.From(), Waiting: n, Oldest: millis(oldest)}
	if err := s.Mail.Probe(ctx); err != nil {
		out.Problem = problem.Of(err).Detail
	}
	return &body[mailJSON]{out}, nil
}

func (s *service) postTestMail(ctx context.Context, who account.Who, _ *none) (*none, error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	if s.Mail == nil || !s.Mail.Enabled() {
		return nil, fault.New(fault.Invalid, "this site sends no mail: mail.driver is none")
	}
	return nil, s.Mail.Send(ctx, caller.Of(ctx).Client.Language, who.Account.Email, mail.Test{})
}

// millis is a time as the API tells it; 0: none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
