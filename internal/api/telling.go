package api

import (
	"context"
	"slices"

	"plectica/internal/account"
	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/lookout"
	"plectica/internal/remedy"
	"plectica/internal/store"
	"plectica/internal/watch"
)

type orgAlertsInput struct {
	ID string `path:"id"`
	AlertsInput
}

// manages returns an organisation that who asks manages, and who they are at it.
func (s *service) manages(ctx context.Context, who account.Who, text string) (store.OrgID, gate.Asker, error) {
	asker := caller.Asker(ctx, who)
	o, err := parseOrg(text)
	if err != nil {
		return o, asker, err
	}
	if _, _, err := s.Orgs.Need(ctx, asker, store.OfOrg(o), authz.ManageOrg); err != nil {
		return o, asker, err
	}
	if s.Lookout == nil {
		return o, asker, noLookout()
	}
	audit.In(ctx).Org(o)
	audit.In(ctx).On(audit.Of("org", o))
	return o, asker, nil
}

func (s *service) getOrgAlerts(ctx context.Context, who account.Who, in *orgAlertsInput) (*body[alertsJSON], error) {
	o, _, err := s.manages(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out, err := s.alerts(ctx, store.AlertQuery{Org: o, Open: in.Open, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	for i := range out.Body.Alerts {
		a := &out.Body.Alerts[i]
		a.Answers = slices.DeleteFunc(a.Answers, func(v string) bool { return !remedy.OfOrg(watch.Answer(v)) })
	}
	return out, nil
}

// OrgAlertInput names an alert of an organisation.
type OrgAlertInput struct {
	ID string `path:"id"`
	AlertInput
}

// orgAlert returns an alert of an organisation that who asks manages.
func (s *service) orgAlert(ctx context.Context, who account.Who, in *OrgAlertInput) (lookout.Alert, gate.Asker, error) {
	o, asker, err := s.manages(ctx, who, in.ID)
	if err != nil {
		return lookout.Alert{}, asker, err
	}
	a, err := s.alertOf(ctx, in.Alert)
	if err == nil && a.Org != o {
		err = noAlert()
	}
	return a, asker, err
}

func (s *service) postOrgClose(ctx context.Context, who account.Who, in *OrgAlertInput) (*none, error) {
	a, _, err := s.orgAlert(ctx, who, in)
	if err != nil {
		return nil, err
	}
	if by, err := a.Account(ctx, s.Audit); err == nil && by == who.Account.ID {
		return nil, fault.New(fault.Permission, "this is about you: somebody else has to say that it is dealt with")
	}
	return nil, s.Lookout.Close(ctx, a.ID, who.Account.ID)
}

func (s *service) postOrgReopen(ctx context.Context, who account.Who, in *OrgAlertInput) (*none, error) {
	a, _, err := s.orgAlert(ctx, who, in)
	if err != nil {
		return nil, err
	}
	return nil, s.Lookout.Reopen(ctx, a.ID)
}

type orgAnswerInput struct {
	OrgAlertInput
	Body AnswerBody
}

func (s *service) postOrgAnswer(ctx context.Context, who account.Who, in *orgAnswerInput) (*body[answeredJSON], error) {
	a, asker, err := s.orgAlert(ctx, who, &in.OrgAlertInput)
	if err != nil {
		return nil, err
	}
	if err := s.Accounts.NeedRecent(ctx, who); err != nil {
		return nil, err
	}
	d, err := s.Remedy.ForOrg(ctx, asker, &a, watch.Answer(in.Body.Answer))
	if err != nil {
		return nil, err
	}
	return s.answered(ctx, asker, d), nil
}

// tellingJSON is what somebody wants to be told of.
type tellingJSON struct {
	Sensitivity float64  `json:"sensitivity" minimum:"0.25" maximum:"4" doc:"1 is usual; 2 tells of what is half as rare"`
	Off         []string `json:"off" doc:"kinds that are not told"`
	Automatic   []string `json:"automatic,omitempty" doc:"what the server does by itself about a warning; of the site alone"`
}

type tellingSeenJSON struct {
	tellingFields
	Kinds []string `json:"kinds" doc:"all there are"`
}

type tellingFields = tellingJSON

func seenTelling(t lookout.Telling) *body[tellingSeenJSON] {
	out := tellingSeenJSON{tellingFields: tellingJSON{Sensitivity: t.Sensitivity, Off: texts(t.Off), Automatic: texts(t.Automatic)}, Kinds: texts(watch.Kinds())}
	return &body[tellingSeenJSON]{out}
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func as[T ~string](list []string) []T {
	var out []T
	for _, v := range list {
		out = append(out, T(v))
	}
	return out
}

func (t tellingJSON) telling() lookout.Telling {
	return lookout.Telling{Sensitivity: t.Sensitivity, Off: as[watch.Kind](t.Off), Automatic: as[watch.Answer](t.Automatic)}
}

// OrgWatchInput names an organisation.
type OrgWatchInput struct {
	ID string `path:"id"`
}

func (s *service) getSiteTelling(_ context.Context, who account.Who, _ *none) (*body[tellingSeenJSON], error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	if s.Lookout == nil {
		return nil, noLookout()
	}
	return seenTelling(s.Lookout.Telling(store.OrgID{})), nil
}

type tellingInput struct{ Body tellingJSON }

func (s *service) putSiteTelling(ctx context.Context, who account.Who, in *tellingInput) (*none, error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	if s.Lookout == nil {
		return nil, noLookout()
	}
	if err := s.Accounts.NeedRecent(ctx, who); err != nil {
		return nil, err
	}
	return nil, s.Lookout.SetTelling(ctx, store.OrgID{}, in.Body.telling())
}

func (s *service) getOrgTelling(ctx context.Context, who account.Who, in *OrgWatchInput) (*body[tellingSeenJSON], error) {
	o, _, err := s.manages(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return seenTelling(s.Lookout.Telling(o)), nil
}

type orgTellingInput struct {
	OrgWatchInput
	Body tellingJSON
}

func (s *service) putOrgTelling(ctx context.Context, who account.Who, in *orgTellingInput) (*none, error) {
	o, _, err := s.manages(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.Accounts.NeedRecent(ctx, who); err != nil {
		return nil, err
	}
	return nil, s.Lookout.SetTelling(ctx, o, in.Body.telling())
}

type deliveryJSON struct {
	Name     string `json:"name"`
	Kind     string `json:"kind" doc:"syslog, webhook or jsonl"`
	Position uint64 `json:"position" doc:"the number of the next record"`
	Behind   uint64 `json:"behind" doc:"how many records wait"`
	Age      int64  `json:"ageSeconds" doc:"of the oldest that waits"`
	Problem  string `json:"problem,omitempty"`
	Since    int64  `json:"since,omitempty" doc:"when that began"`
}

type deliveriesJSON struct {
	Deliveries []deliveryJSON `json:"deliveries"`
}

func (s *service) getDeliveries(_ context.Context, who account.Who, _ *none) (*body[deliveriesJSON], error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	out := deliveriesJSON{Deliveries: []deliveryJSON{}}
	if s.Deliveries == nil {
		return &body[deliveriesJSON]{out}, nil
	}
	for _, v := range s.Deliveries() {
		d := deliveryJSON{Name: v.Name, Kind: string(v.Kind), Position: v.Position, Behind: v.Behind, Age: int64(v.Age.Seconds()), Problem: v.Problem}
		if v.Problem != "" {
			d.Since = v.Since.UnixMilli()
		}
		out.Deliveries = append(out.Deliveries, d)
	}
	return &body[deliveriesJSON]{out}, nil
}
