package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/lookout"
	"plectica/internal/store"
	"plectica/internal/watch"
)

// alertsAPI registers what was noticed in the audit log, and what may be done about it.
func (s *service) alertsAPI(api huma.API) {
	personal(s, api, http.MethodGet, "/site/alerts", http.StatusOK, s.getAlerts)
	personal(s, api, http.MethodPost, "/site/alerts/{alert}/close", http.StatusNoContent, s.postClose)
	personal(s, api, http.MethodPost, "/site/alerts/{alert}/reopen", http.StatusNoContent, s.postReopen)
	personal(s, api, http.MethodPost, "/site/alerts/{alert}/answer", http.StatusNoContent, s.postAnswer)
	personal(s, api, http.MethodGet, "/site/mutes", http.StatusOK, s.getMutes)
	personal(s, api, http.MethodPut, "/site/mutes", http.StatusNoContent, s.putMute)
	private(s, api, http.MethodGet, "/orgs/{id}/alerts", http.StatusOK, s.getOrgAlerts)
}

type figureJSON struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Usual float64 `json:"usual"`
}

type alertJSON struct {
	ID       string       `json:"id"`
	Kind     string       `json:"kind" doc:"docs/security/detections has a page for each"`
	At       int64        `json:"at"`
	Since    int64        `json:"since"`
	Times    int          `json:"times"`
	Score    float64      `json:"score"`
	Severity string       `json:"severity" doc:"notice, warning or critical"`
	By       *whoJSON     `json:"by,omitempty" doc:"none: it is not about one account"`
	On       string       `json:"on,omitempty"`
	Org      string       `json:"org,omitempty"`
	Figures  []figureJSON `json:"figures"`
	Evidence []uint64     `json:"evidence" doc:"numbers of records"`
	Answers  []string     `json:"answers" doc:"what may be done about it"`
	Closed   int64        `json:"closed,omitempty"`
	ClosedBy string       `json:"closedBy,omitempty"`
}

type alertsJSON struct {
	Alerts []alertJSON `json:"alerts" doc:"the last first"`
}

// AlertsInput is which alerts are asked for; exported as AuditQuery is, and the next too.
type AlertsInput struct {
	Open   bool  `query:"open"`
	Before int64 `query:"before" minimum:"0"`
	Limit  int   `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

func noLookout() error { return fault.New(fault.Busy, "the watch cannot be asked now") }

func (s *service) toAlert(ctx context.Context, a *lookout.Alert, names *Names) alertJSON {
	out := alertJSON{
		ID: strconv.FormatUint(a.ID, 16), Kind: string(a.Kind), At: a.At, Since: a.Since, Times: a.Times, Score: a.Score, Severity: string(a.Severity), On: a.On,
		Figures: []figureJSON{}, Evidence: append([]uint64{}, a.Evidence...), Answers: []string{}, Closed: a.Closed,
	}
	for _, f := range a.Figures {
		out.Figures = append(out.Figures, figureJSON(f))
	}
	for _, v := range a.Answers {
		out.Answers = append(out.Answers, string(v))
	}
	if a.Org != (store.OrgID{}) {
		out.Org = id.Format(a.Org)
	}
	if a.Closed != 0 {
		out.ClosedBy = names.of(ctx, a.ClosedBy)
	}
	if kind, alias, ok := strings.Cut(a.By, ":"); ok {
		out.By = &whoJSON{Kind: kind, Alias: alias}
		if who, err := s.Audit.Named(ctx, alias); err == nil && kind == string(audit.Person) {
			out.By.ID, out.By.Name = who.String(), names.of(ctx, who)
		}
	}
	return out
}

func (s *service) alerts(ctx context.Context, q store.AlertQuery) (*body[alertsJSON], error) {
	if s.Lookout == nil {
		return nil, noLookout()
	}
	list, err := s.Lookout.Alerts(ctx, q)
	if err != nil {
		return nil, err
	}
	out := alertsJSON{Alerts: []alertJSON{}}
	names := NewNames(s.Accounts)
	for i := range list {
		out.Alerts = append(out.Alerts, s.toAlert(ctx, &list[i], names))
	}
	return &body[alertsJSON]{out}, nil
}

func (s *service) getAlerts(ctx context.Context, who account.Who, in *AlertsInput) (*body[alertsJSON], error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	return s.alerts(ctx, store.AlertQuery{Open: in.Open, Before: in.Before, Limit: in.Limit})
}

type orgAlertsInput struct {
	ID string `path:"id"`
	AlertsInput
}

func (s *service) getOrgAlerts(ctx context.Context, who account.Who, in *orgAlertsInput) (*body[alertsJSON], error) {
	o, err := parseOrg(in.ID)
	if err != nil {
		return nil, err
	}
	if _, _, err := s.Orgs.Need(ctx, caller.Asker(ctx, who), store.OfOrg(o), authz.ManageOrg); err != nil {
		return nil, err
	}
	return s.alerts(ctx, store.AlertQuery{Org: o, Open: in.Open, Before: in.Before, Limit: in.Limit})
}

// AlertInput names one.
type AlertInput struct {
	Alert string `path:"alert" maxLength:"16"`
}

// alert returns the alert that an operator named.
func (s *service) alert(ctx context.Context, who account.Who, text string) (lookout.Alert, error) {
	if err := account.OperatorOnly(who); err != nil {
		return lookout.Alert{}, err
	}
	if s.Lookout == nil {
		return lookout.Alert{}, noLookout()
	}
	n, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		return lookout.Alert{}, fault.New(fault.NotFound, "there is no such alert")
	}
	return s.Lookout.Alert(ctx, n)
}

func (s *service) postClose(ctx context.Context, who account.Who, in *AlertInput) (*none, error) {
	a, err := s.alert(ctx, who, in.Alert)
	if err != nil {
		return nil, err
	}
	return nil, s.Lookout.Close(ctx, a.ID, who.Account.ID)
}

func (s *service) postReopen(ctx context.Context, who account.Who, in *AlertInput) (*none, error) {
	a, err := s.alert(ctx, who, in.Alert)
	if err != nil {
		return nil, err
	}
	return nil, s.Lookout.Reopen(ctx, a.ID)
}

type dealInput struct {
	AlertInput
	Body struct {
		Answer string `json:"answer" enum:"end-sessions,lock"`
	}
}

// postAnswer does something about an alert, and closes it. What else may be done is done where
// it is done otherwise: links are ended and changes are undone on their maps.
func (s *service) postAnswer(ctx context.Context, who account.Who, in *dealInput) (*none, error) {
	a, err := s.alert(ctx, who, in.Alert)
	if err != nil {
		return nil, err
	}
	kind, alias, _ := strings.Cut(a.By, ":")
	if kind != string(audit.Person) {
		return nil, fault.New(fault.Invalid, "this alert is not about one account")
	}
	whom, err := s.Audit.Named(ctx, alias)
	if err != nil {
		return nil, err
	}
	concerning(ctx, store.OfAccount(whom))
	switch watch.Answer(in.Body.Answer) {
	case watch.EndSessions:
		err = s.Accounts.SignOutOther(ctx, who, whom)
	case watch.Lock:
		err = s.Accounts.Lock(ctx, who, whom)
	default:
		err = fault.New(fault.Invalid, "this cannot be done from here")
	}
	if err != nil {
		return nil, err
	}
	return nil, s.Lookout.Close(ctx, a.ID, who.Account.ID)
}

type muteJSON struct {
	Kind  string `json:"kind"`
	By    string `json:"by,omitempty" doc:"about whom, as records call them; none: whoever"`
	Org   string `json:"org,omitempty"`
	Until int64  `json:"until" doc:"0: no longer"`
}

type mutesJSON struct {
	Mutes []muteJSON `json:"mutes"`
}

func (s *service) getMutes(ctx context.Context, who account.Who, _ *none) (*body[mutesJSON], error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	if s.Lookout == nil {
		return nil, noLookout()
	}
	list, err := s.Lookout.Mutes(ctx)
	if err != nil {
		return nil, err
	}
	out := mutesJSON{Mutes: []muteJSON{}}
	for _, m := range list {
		v := muteJSON{Kind: m.Kind, By: m.Subject, Until: m.Until}
		if m.Org != (store.OrgID{}) {
			v.Org = id.Format(m.Org)
		}
		out.Mutes = append(out.Mutes, v)
	}
	return &body[mutesJSON]{out}, nil
}

type muteInput struct{ Body muteJSON }

// maxSubject bounds whom a mute is about, in bytes.
const maxSubject = 80

func (s *service) putMute(ctx context.Context, who account.Who, in *muteInput) (*none, error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	if s.Lookout == nil {
		return nil, noLookout()
	}
	m := store.Mute{Kind: in.Body.Kind, Subject: in.Body.By, Until: in.Body.Until, By: who.Account.ID}
	if len(m.Subject) > maxSubject {
		return nil, fault.New(fault.Invalid, "this is nobody's name in the records")
	}
	if in.Body.Org != "" {
		o, err := parseOrg(in.Body.Org)
		if err != nil {
			return nil, err
		}
		m.Org = o
	}
	if m.Until == 0 {
		return nil, s.Lookout.Unmute(ctx, m)
	}
	return nil, s.Lookout.Mute(ctx, m)
}
