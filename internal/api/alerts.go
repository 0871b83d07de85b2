package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/audit"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/lookout"
	"plectica/internal/remedy"
	"plectica/internal/store"
	"plectica/internal/watch"
)

// alertsAPI registers what was noticed in the audit log, and what may be done about it.
func (s *service) alertsAPI(api huma.API) {
	personal(s, api, http.MethodGet, "/site/alerts", http.StatusOK, s.getAlerts)
	personal(s, api, http.MethodPost, "/site/alerts/{alert}/close", http.StatusNoContent, s.postClose)
	personal(s, api, http.MethodPost, "/site/alerts/{alert}/reopen", http.StatusNoContent, s.postReopen)
	personal(s, api, http.MethodPost, "/site/alerts/{alert}/answer", http.StatusOK, s.postAnswer)
	personal(s, api, http.MethodGet, "/site/mutes", http.StatusOK, s.getMutes)
	personal(s, api, http.MethodPut, "/site/mutes", http.StatusNoContent, s.putMute)
	personal(s, api, http.MethodGet, "/site/watch", http.StatusOK, s.getSiteTelling)
	personal(s, api, http.MethodPut, "/site/watch", http.StatusNoContent, s.putSiteTelling)
	personal(s, api, http.MethodGet, "/site/deliveries", http.StatusOK, s.getDeliveries)
	private(s, api, http.MethodGet, "/orgs/{id}/alerts", http.StatusOK, s.getOrgAlerts)
	personal(s, api, http.MethodPost, "/orgs/{id}/alerts/{alert}/close", http.StatusNoContent, s.postOrgClose)
	personal(s, api, http.MethodPost, "/orgs/{id}/alerts/{alert}/reopen", http.StatusNoContent, s.postOrgReopen)
	personal(s, api, http.MethodPost, "/orgs/{id}/alerts/{alert}/answer", http.StatusOK, s.postOrgAnswer)
	personal(s, api, http.MethodGet, "/orgs/{id}/watch", http.StatusOK, s.getOrgTelling)
	personal(s, api, http.MethodPut, "/orgs/{id}/watch", http.StatusNoContent, s.putOrgTelling)
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
	Muted    bool         `json:"muted,omitempty" doc:"others like it are not told now"`
	Done     []deedJSON   `json:"done" doc:"what was done about it"`
	Closed   int64        `json:"closed,omitempty"`
	ClosedBy string       `json:"closedBy,omitempty"`
}

type deedJSON struct {
	Answer    string `json:"answer"`
	At        int64  `json:"at"`
	By        string `json:"by,omitempty" doc:"the name of who did it"`
	Automatic bool   `json:"automatic" doc:"the server did it by itself"`
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
		ID: a.Name(), Kind: string(a.Kind), At: a.At, Since: a.Since, Times: a.Times, Score: a.Score, Severity: string(a.Severity), On: a.On,
		Figures: []figureJSON{}, Evidence: append([]uint64{}, a.Evidence...), Answers: []string{}, Closed: a.Closed, Muted: a.Muted, Done: []deedJSON{},
	}
	for _, d := range a.Deeds {
		v := deedJSON{Answer: d.Answer, At: d.At, Automatic: d.Automatic}
		if !id.IsZero(d.By) {
			v.By = names.of(ctx, d.By)
		}
		out.Done = append(out.Done, v)
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
	return s.alertOf(ctx, text)
}

func noAlert() error { return fault.New(fault.NotFound, "there is no such alert") }

// alertOf returns the alert that an address names, and notes that it is what the request is about.
func (s *service) alertOf(ctx context.Context, text string) (lookout.Alert, error) {
	n, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		return lookout.Alert{}, noAlert()
	}
	a, err := s.Lookout.Alert(ctx, n)
	if err == nil {
		audit.In(ctx).On(remedy.ObjectOf(&a))
	}
	return a, err
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

// AnswerBody is what is to be done about an alert.
type AnswerBody struct {
	Answer string `json:"answer" enum:"end-sessions,step-up,lock,slow-down,revoke-link,undo-change"`
}

type remedyInput struct {
	AlertInput
	Body AnswerBody
}

type leftJSON struct {
	On   string `json:"on" doc:"sort:id"`
	Name string `json:"name,omitempty" doc:"of a map that who asks may see"`
	At   int64  `json:"at" doc:"when it still was as it should be"`
}

type answeredJSON struct {
	Done int        `json:"done" doc:"how many things were ended or put back"`
	Left []leftJSON `json:"left" doc:"what has to be put back by hand"`
	More bool       `json:"more,omitempty" doc:"there is more than is named"`
}

func (s *service) postAnswer(ctx context.Context, who account.Who, in *remedyInput) (*body[answeredJSON], error) {
	a, err := s.alert(ctx, who, in.Alert)
	if err != nil {
		return nil, err
	}
	d, err := s.Remedy.ForSite(ctx, who, &a, watch.Answer(in.Body.Answer))
	if err != nil {
		return nil, err
	}
	return s.answered(ctx, caller.Asker(ctx, who), d), nil
}

// answered tells what came of an answer.
func (s *service) answered(ctx context.Context, asker gate.Asker, d remedy.Done) *body[answeredJSON] {
	out := answeredJSON{Done: d.N, Left: []leftJSON{}, More: d.More}
	for _, l := range d.Left {
		v := leftJSON{On: l.On.Sort + ":" + l.On.ID, At: l.At}
		if m, err := id.Parse[id.Map](l.On.ID); err == nil && l.On.Sort == "map" {
			if seen, err := s.Share.Get(ctx, asker, m); err == nil {
				v.Name = seen.Map.Title
			}
		}
		out.Left = append(out.Left, v)
	}
	return &body[answeredJSON]{out}
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
	if err := s.Accounts.NeedRecent(ctx, who); err != nil {
		return nil, err
	}
	audit.In(ctx).On(audit.Object{Sort: "alerts", ID: in.Body.Kind})
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
