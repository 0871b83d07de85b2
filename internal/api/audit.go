package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/ledger"
	"plectica/internal/merkle"
	"plectica/internal/store"
)

// auditAPI registers what shows and proves who did what.
func (s *service) auditAPI(api huma.API) {
	personal(s, api, http.MethodGet, "/site/audit", http.StatusOK, s.getSiteAudit)
	personal(s, api, http.MethodGet, "/site/audit/timeline", http.StatusOK, s.getTimeline)
	personal(s, api, http.MethodGet, "/site/audit/proof", http.StatusOK, s.getProof)
	personal(s, api, http.MethodGet, "/account/audit", http.StatusOK, s.getOwnAudit)
	private(s, api, http.MethodGet, "/orgs/{id}/audit", http.StatusOK, s.getOrgAudit)
	private(s, api, http.MethodGet, "/orgs/{id}/audit/timeline", http.StatusOK, s.getOrgTimeline)
	private(s, api, http.MethodGet, "/orgs/{id}/audit/proof", http.StatusOK, s.getOrgProof)
	private(s, api, http.MethodGet, "/audit/checkpoint", http.StatusOK, s.getCheckpoint)
	private(s, api, http.MethodGet, "/audit/consistency", http.StatusOK, s.getConsistency)
}

// AuditQuery is a search in the audit log. It has a name of its own outside, because what is
// embedded without one is not read from an address.
type AuditQuery struct {
	Since   int64  `query:"since" minimum:"0" doc:"milliseconds since 1970"`
	Until   int64  `query:"until" minimum:"0"`
	Act     string `query:"act" maxLength:"4000" doc:"one, or with a point at its end the beginning of several; more of them stand after commas"`
	Result  string `query:"result" enum:"ok,refused,failed,bad" doc:"bad: refused or failed"`
	On      string `query:"on" maxLength:"80" doc:"sort:id"`
	By      string `query:"by" maxLength:"80" doc:"an account, or what records call somebody: kind:alias"`
	Session string `query:"session" maxLength:"32"`
	Before  uint64 `query:"before" doc:"the number of a record: only earlier ones"`
	Limit   int    `query:"limit" minimum:"0" maximum:"500"`
}

func (q AuditQuery) query() ledger.Query {
	out := ledger.Query{
		Since: q.Since, Until: q.Until, On: q.On, By: q.By, Session: q.Session, Before: q.Before, Limit: q.Limit,
	}
	if q.Act != "" {
		out.Acts = strings.Split(q.Act, ",")
	}
	if out.Bad = q.Result == "bad"; !out.Bad {
		out.Result = audit.Result(q.Result)
	}
	return out
}

type whoJSON struct {
	Kind  string `json:"kind" doc:"account, visit, stranger, server or command"`
	Alias string `json:"alias" doc:"what records call them"`
	ID    string `json:"id,omitempty" doc:"none: whom the record is about was forgotten"`
	Name  string `json:"name,omitempty"`
}

type recordJSON struct {
	Seq     uint64            `json:"seq"`
	At      int64             `json:"at"`
	Act     string            `json:"act"`
	By      whoJSON           `json:"by"`
	On      string            `json:"on,omitempty" doc:"sort:id"`
	OnName  string            `json:"onName,omitempty" doc:"of an account"`
	To      string            `json:"to,omitempty" doc:"whom or what it concerned besides"`
	ToName  string            `json:"toName,omitempty"`
	Org     string            `json:"org,omitempty"`
	Result  string            `json:"result"`
	Code    string            `json:"code,omitempty"`
	Addr    string            `json:"addr,omitempty"`
	Agent   string            `json:"agent,omitempty"`
	Device  string            `json:"device,omitempty"`
	Request string            `json:"request,omitempty"`
	Session string            `json:"session,omitempty"`
	Counts  map[string]uint64 `json:"counts,omitempty"`
}

type foundJSON struct {
	Records []recordJSON `json:"records" doc:"the last first"`
	Next    uint64       `json:"next,omitempty" doc:"before which to go on; none: there is no more"`
	Gone    bool         `json:"gone,omitempty" doc:"older records are there no more"`
}

// Names tells the names of accounts, each asked for once.
type Names struct {
	accounts *account.Service
	known    map[id.Account]string
}

// NewNames knows none yet.
func NewNames(accounts *account.Service) *Names {
	return &Names{accounts, map[id.Account]string{}}
}

func (n *Names) of(ctx context.Context, a id.Account) string {
	name, ok := n.known[a]
	if !ok {
		name = n.accounts.NameOf(ctx, a)
		n.known[a] = name
	}
	return name
}

// Record is a record as the API shows it.
func Record(ctx context.Context, e *audit.Event, names *Names) any { return toRecord(ctx, e, names) }

func toRecord(ctx context.Context, e *audit.Event, names *Names) recordJSON {
	out := recordJSON{
		Seq: e.Seq, At: e.At, Act: string(e.Act), By: whoJSON{Kind: string(e.By.Kind), Alias: e.By.Alias}, Result: string(e.Result), Code: e.Code,
		Agent: e.From.Agent, Device: e.From.Device, Request: e.Request, Session: e.Session,
	}
	if !id.IsZero(e.By.ID) {
		out.By.ID = id.Format(e.By.ID)
		if e.By.Kind == audit.Person {
			out.By.Name = names.of(ctx, e.By.ID)
		}
	}
	out.On, out.OnName = toObject(ctx, e.On, names)
	out.To, out.ToName = toObject(ctx, e.To, names)
	if e.Org != (store.OrgID{}) {
		out.Org = id.Format(e.Org)
	}
	if e.From.Addr.IsValid() {
		out.Addr = e.From.Addr.String()
	}
	for _, c := range e.Counts {
		if out.Counts == nil {
			out.Counts = map[string]uint64{}
		}
		out.Counts[c.Name] = c.N
	}
	return out
}

func toObject(ctx context.Context, o audit.Object, names *Names) (text, name string) {
	if o.Sort == "" {
		return "", ""
	}
	if a, err := id.Parse[id.Account](o.ID); err == nil && o.Sort == "account" {
		name = names.of(ctx, a)
	}
	return o.Sort + ":" + o.ID, name
}

// search answers a search whose asker may make it.
func (s *service) search(ctx context.Context, q ledger.Query) (*body[foundJSON], error) {
	if s.Ledger == nil {
		return nil, noLedger()
	}
	f, err := s.Ledger.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	out := foundJSON{Records: []recordJSON{}, Next: f.Next, Gone: f.Gone}
	names := NewNames(s.Accounts)
	for i := range f.Events {
		out.Records = append(out.Records, toRecord(ctx, &f.Events[i], names))
	}
	return &body[foundJSON]{out}, nil
}

func noLedger() error { return fault.New(fault.Busy, "the audit log cannot be read now") }

func (s *service) getSiteAudit(ctx context.Context, who account.Who, in *AuditQuery) (*body[foundJSON], error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	return s.search(ctx, in.query())
}

// getOwnAudit shows a person what they did, or somebody in their name.
func (s *service) getOwnAudit(ctx context.Context, who account.Who, in *AuditQuery) (*body[foundJSON], error) {
	q := in.query()
	q.By = who.Account.ID.String()
	return s.search(ctx, q)
}

type orgAuditInput struct {
	ID string `path:"id"`
	AuditQuery
}

// owned returns an organisation whose records somebody may see, as they manage it.
func (s *service) owned(ctx context.Context, who account.Who, text string) (store.OrgID, error) {
	o, err := parseOrg(text)
	if err == nil {
		_, _, err = s.Orgs.Need(ctx, caller.Asker(ctx, who), store.OfOrg(o), authz.ManageOrg)
	}
	if err == nil && s.Ledger == nil {
		err = noLedger()
	}
	return o, err
}

// getOrgAudit shows the owners of an organisation what was done in it.
func (s *service) getOrgAudit(ctx context.Context, who account.Who, in *orgAuditInput) (*body[foundJSON], error) {
	o, err := s.owned(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	q := in.query()
	q.Org = o
	return s.search(ctx, q)
}

// TimelineQuery is a while, and in how many parts it is counted; exported as AuditQuery is.
type TimelineQuery struct {
	Since int64 `query:"since" required:"true" minimum:"0"`
	Until int64 `query:"until" required:"true" minimum:"1"`
	Parts int   `query:"parts" default:"96" minimum:"1" maximum:"400"`
}

type bucketJSON struct {
	At      int64 `json:"at"`
	Records int   `json:"records"`
	Bad     int   `json:"bad" doc:"of them, those that were refused or failed"`
}

type timelineJSON struct {
	Parts []bucketJSON `json:"parts"`
	// From is of organisations alone.
	From int64 `json:"from,omitempty" doc:"before it nothing was counted: there are too many records"`
}

func toTimeline(list []ledger.Bucket, from int64) *body[timelineJSON] {
	out := timelineJSON{Parts: []bucketJSON{}, From: from}
	for _, b := range list {
		out.Parts = append(out.Parts, bucketJSON(b))
	}
	return &body[timelineJSON]{out}
}

type orgTimelineInput struct {
	ID string `path:"id"`
	TimelineQuery
}

// getOrgTimeline counts what was done in an organisation.
func (s *service) getOrgTimeline(ctx context.Context, who account.Who, in *orgTimelineInput) (*body[timelineJSON], error) {
	o, err := s.owned(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	list, from, err := s.Ledger.TimelineOf(ctx, o, in.Since, in.Until, in.Parts)
	if err != nil {
		return nil, err
	}
	return toTimeline(list, from), nil
}

func (s *service) getTimeline(ctx context.Context, who account.Who, in *TimelineQuery) (*body[timelineJSON], error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	if s.Ledger == nil {
		return nil, noLedger()
	}
	list, err := s.Ledger.Timeline(ctx, in.Since, in.Until, in.Parts)
	if err != nil {
		return nil, err
	}
	return toTimeline(list, 0), nil
}

type checkpointJSON struct {
	Origin     string `json:"origin"`
	Key        string `json:"key" doc:"what checkpoints are checked with: https://c2sp.org/signed-note"`
	Size       uint64 `json:"size"`
	Checkpoint string `json:"checkpoint" doc:"signed: https://c2sp.org/tlog-checkpoint"`
}

func (s *service) checkpoint(ctx context.Context) (checkpointJSON, error) {
	if s.Ledger == nil {
		return checkpointJSON{}, noLedger()
	}
	c, err := s.Ledger.Checkpoint(ctx)
	return checkpointJSON{s.Ledger.Origin(), s.Ledger.Key(), c.Size, string(c.Text)}, err
}

// getCheckpoint says how far the log is. It tells nothing of what is in it: whoever has an
// account, or a token, may be its witness.
func (s *service) getCheckpoint(ctx context.Context, _ account.Who, _ *none) (*body[checkpointJSON], error) {
	c, err := s.checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	return &body[checkpointJSON]{c}, nil
}

type consistencyInput struct {
	From uint64 `query:"from" required:"true"`
	To   uint64 `query:"to" required:"true"`
}

type consistencyJSON struct {
	Path []string `json:"path" doc:"hashes, in base64: RFC 6962, section 2.1"`
}

func toPath(list []merkle.Hash) []string {
	out := make([]string, len(list))
	for i, h := range list {
		out[i] = base64.StdEncoding.EncodeToString(h[:])
	}
	return out
}

func (s *service) getConsistency(ctx context.Context, _ account.Who, in *consistencyInput) (*body[consistencyJSON], error) {
	if s.Ledger == nil {
		return nil, noLedger()
	}
	p, err := s.Ledger.Consistency(ctx, in.From, in.To)
	if err != nil {
		return nil, err
	}
	return &body[consistencyJSON]{consistencyJSON{toPath(p)}}, nil
}

type proofInput struct {
	Record uint64 `query:"record" required:"true"`
}

// proofJSON is what somebody needs who is to believe that a record is in the log.
type proofJSON struct {
	checkpointJSON
	Record string   `json:"record" doc:"as it is in the log"`
	Seq    uint64   `json:"seq"`
	Path   []string `json:"path"`
}

func (s *service) getProof(ctx context.Context, who account.Who, in *proofInput) (*body[proofJSON], error) {
	if err := account.OperatorOnly(who); err != nil {
		return nil, err
	}
	return s.proof(ctx, in.Record, func(audit.Skimmed) bool { return true })
}

type orgProofInput struct {
	ID     string `path:"id"`
	Record uint64 `query:"record" required:"true"`
}

// getOrgProof proves a record of an organisation.
func (s *service) getOrgProof(ctx context.Context, who account.Who, in *orgProofInput) (*body[proofJSON], error) {
	o, err := s.owned(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return s.proof(ctx, in.Record, func(r audit.Skimmed) bool { return r.Org == id.Format(o) })
}

// proof proves a record that somebody may see.
func (s *service) proof(ctx context.Context, seq uint64, may func(audit.Skimmed) bool) (*body[proofJSON], error) {
	c, err := s.checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	line, path, err := s.Ledger.Inclusion(ctx, seq, c.Size)
	if err != nil {
		return nil, err
	}
	r, err := audit.Skim(line)
	if err != nil || !may(r) {
		return nil, fault.New(fault.NotFound, "there is no such record")
	}
	return &body[proofJSON]{proofJSON{c, string(line), seq, toPath(path)}}, nil
}

// truth is a setting as a record counts it.
func truth(on bool) uint64 {
	if on {
		return 1
	}
	return 0
}
