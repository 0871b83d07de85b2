// Package api is the JSON API under /api/v1: each endpoint reads what was sent, asks the
// service whose business it is, and says what became of it. It holds no rules but those
// of form, and describes itself as OpenAPI 3.1. Errors become problems in one place.
// Handlers run concurrently.
package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"plectica/internal/account"
	"plectica/internal/attach"
	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/backup"
	"plectica/internal/caller"
	"plectica/internal/deliver"
	"plectica/internal/durability"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/ledger"
	"plectica/internal/lookout"
	"plectica/internal/mail"
	"plectica/internal/oidc"
	"plectica/internal/org"
	"plectica/internal/problem"
	"plectica/internal/remedy"
	"plectica/internal/share"
	"plectica/internal/sysmap"
)

const (
	// Prefix is where the API lives.
	Prefix = "/api/v1"
	// MaxBody bounds a request's body, in bytes.
	MaxBody = 64 << 10
)

// Config is what the API is made of.
type Config struct {
	Accounts *account.Service
	Share    *share.Service
	Orgs     *org.Service
	Callers  *caller.Service
	// Files are what maps hold beside their cards. Nil: none are taken in or given out.
	Files *attach.Service
	// Copy returns ops that make a map's living content anew, and asks for the names of
	// those whose words stand in it. May be nil.
	Copy func(ctx context.Context, m id.Map, names func(id.Account) string) ([]sysmap.Op, error)
	// History tells how maps were. May be nil.
	History *history.Service
	// Durability tells how safe everything is, Backups makes and drills archives. May be nil.
	Durability *durability.Service
	Backups    *backup.Service
	// Ledger is who did what, Audit where that is written, Lookout what was noticed in it. May
	// be nil.
	Ledger  *ledger.Ledger
	Audit   *audit.Log
	Lookout *lookout.Service
	// Remedy does something about that, Deliveries says how records get elsewhere. May be nil.
	Remedy     *remedy.Service
	Deliveries func() []deliver.Status
	// SignIn are the providers by which people may sign in. Nil: there are none.
	SignIn *oidc.Service
	// Mail is the site's mail, for the operator to look at. May be nil.
	Mail *mail.Service
	// SiteName is what the site calls itself.
	SiteName string
	Version  string
	Log      *slog.Logger
}

// service is the Config with the endpoints.
type service struct{ Config }

// none is an input or output without anything in it.
type none struct{}

// body wraps what an endpoint answers.
type body[T any] struct{ Body T }

// Register registers every endpoint of the API, and its description of itself.
func Register(mux humago.Mux, c Config) { register(mux, c) }

// Document is the description as it is served, in JSON. It needs no services.
func Document(c Config) ([]byte, error) {
	b, err := json.Marshal(register(http.NewServeMux(), c).OpenAPI())
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "describe the API", err)
	}
	return b, nil
}

func register(mux humago.Mux, c Config) huma.API {
	s := &service{c}
	h := huma.DefaultConfig("Plectica", c.Version)
	h.OpenAPIPath, h.DocsPath, h.SchemasPath = "/openapi", "", "" // its pages would need scripts of others
	h.CreateHooks = nil
	h.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	h.RejectUnknownQueryParameters = true
	h.Transformers = []huma.Transformer{quiet}
	h.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", named)
	h.Servers = []*huma.Server{{URL: Prefix}}
	h.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		byToken:  {Type: "http", Scheme: "bearer", Description: "a token that somebody made on the page of their account"},
		byCookie: {Type: "apiKey", In: "cookie", Name: caller.Cookie, Description: "a sign-in in a browser"},
	}
	api := humago.NewWithPrefix(mux, Prefix, h)
	s.siteAPI(api)
	s.signInAPI(api)
	s.accountAPI(api)
	s.peopleAPI(api)
	s.mapAPI(api)
	s.accessAPI(api)
	s.embedAPI(api)
	s.historyAPI(api)
	s.durabilityAPI(api)
	s.auditAPI(api)
	s.alertsAPI(api)
	s.orgAPI(api)
	s.invitationAPI(api)
	s.keptAPI(api)
	s.examplesAPI(api)
	// What is described as an error is the form that ours have.
	*h.Components.Schemas.Map()["ErrorModel"] = *huma.SchemaFromType(h.Components.Schemas, reflect.TypeFor[problem.Answer]())
	return api
}

// named is what the description calls a type.
func named(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	return strings.TrimSuffix(strings.TrimSuffix(name, "JSON"), "Body")
}

// The ways to come in, as the description names them.
const (
	byToken  = "token"
	byCookie = "signin"
)

// quiet takes what was sent out of answers about malformed requests: it may be
// a password.
func quiet(_ huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &problem.Answer{Type: "about:blank", Title: e.Title, Status: e.Status, Detail: e.Detail, Code: "invalid"}
	for _, d := range e.Errors {
		if d.Location != "" {
			p.Detail += "; " + d.Location + ": " + d.Message
		}
	}
	return p, nil
}

// endpoint registers one. Errors become problems here and nowhere else.
func endpoint[I, O any](s *service, api huma.API, op huma.Operation, h func(ctx context.Context, in *I) (*O, error)) {
	op.OperationID = strings.ToLower(op.Method) + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(op.Path)
	op.MaxBodyBytes = MaxBody
	op.Tags = []string{strings.Split(op.Path, "/")[1]}
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			problem.Note(ctx, s.Log, err)
			return nil, problem.Of(err)
		}
		return out, nil
	})
	if _, steps := any(*new(O)).(signedIn); steps {
		to := api.OpenAPI().Paths[op.Path].Post.Responses
		to["202"] = &huma.Response{Description: "Nobody is signed in yet: one of the ways in second has to follow.", Content: to["200"].Content}
	}
}

// handle registers an endpoint for anybody.
func handle[I, O any](s *service, api huma.API, method, path string, status int, h func(ctx context.Context, in *I) (*O, error)) {
	endpoint(s, api, huma.Operation{Method: method, Path: path, DefaultStatus: status}, h)
}

// private registers an endpoint for people who are signed in, and for programs that act
// for them as far as their token goes.
func private[I, O any](s *service, api huma.API, method, path string, status int, h func(ctx context.Context, who account.Who, in *I) (*O, error)) {
	op := huma.Operation{Method: method, Path: path, DefaultStatus: status, Security: []map[string][]string{{byToken: {}}, {byCookie: {}}}}
	endpoint(s, api, op, func(ctx context.Context, in *I) (*O, error) {
		who, err := s.Callers.Who(ctx)
		if err != nil {
			return nil, err
		}
		if who.Program() && method != http.MethodGet && who.Most() < authz.Edit {
			return nil, fault.New(fault.Permission, "this token may only read")
		}
		return h(ctx, who, in)
	})
}

// personal registers an endpoint for people alone: what programs may do never reaches
// an account.
func personal[I, O any](s *service, api huma.API, method, path string, status int, h func(ctx context.Context, who account.Who, in *I) (*O, error)) {
	op := huma.Operation{Method: method, Path: path, DefaultStatus: status, Security: []map[string][]string{{byCookie: {}}}}
	endpoint(s, api, op, func(ctx context.Context, in *I) (*O, error) {
		who, err := s.Callers.Who(ctx)
		if err != nil {
			return nil, err
		}
		if who.Program() {
			return nil, fault.New(fault.Permission, "a token is for maps and organisations, not for the account or the site")
		}
		return h(ctx, who, in)
	})
}
