// Package api is the JSON API under /api/v1: each endpoint reads what was sent, asks the
// service whose business it is, and says what became of it. It holds no rules but those
// of form, and describes itself as OpenAPI 3.1. Errors become problems in one place.
// Handlers run concurrently.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"plectica/internal/account"
	"plectica/internal/attach"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/mail"
	"plectica/internal/oidc"
	"plectica/internal/org"
	"plectica/internal/problem"
	"plectica/internal/share"
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

// Register registers every endpoint of the API.
func Register(mux humago.Mux, c Config) {
	s := &service{c}
	h := huma.DefaultConfig("Plectica", c.Version)
	h.OpenAPIPath, h.DocsPath, h.SchemasPath = "/openapi", "", "" // its pages would need scripts of others
	h.CreateHooks = nil
	h.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	h.RejectUnknownQueryParameters = true
	h.Transformers = []huma.Transformer{quiet}
	api := humago.NewWithPrefix(mux, Prefix, h)
	s.siteAPI(api)
	s.signInAPI(api)
	s.accountAPI(api)
	s.peopleAPI(api)
	s.mapAPI(api)
	s.accessAPI(api)
	s.embedAPI(api)
	s.orgAPI(api)
	s.invitationAPI(api)
	s.keptAPI(api)
	s.examplesAPI(api)
}

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

// handle registers one endpoint. Errors become problems here and nowhere else.
func handle[I, O any](s *service, api huma.API, method, path string, status int, h func(ctx context.Context, in *I) (*O, error)) {
	huma.Register(api, huma.Operation{
		OperationID:   strings.ToLower(method) + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path),
		Method:        method,
		Path:          path,
		DefaultStatus: status,
		MaxBodyBytes:  MaxBody,
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			problem.Note(ctx, s.Log, err)
			return nil, problem.Of(err)
		}
		return out, nil
	})
}

// private is handle for people who are signed in, and for programs that act for them
// as far as their token goes.
func private[I, O any](s *service, api huma.API, method, path string, status int, h func(ctx context.Context, who account.Who, in *I) (*O, error)) {
	handle(s, api, method, path, status, func(ctx context.Context, in *I) (*O, error) {
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

// personal is handle for people alone: what programs may do never reaches an account.
func personal[I, O any](s *service, api huma.API, method, path string, status int, h func(ctx context.Context, who account.Who, in *I) (*O, error)) {
	private(s, api, method, path, status, func(ctx context.Context, who account.Who, in *I) (*O, error) {
		if who.Program() {
			return nil, fault.New(fault.Permission, "a token is for maps and organisations, not for the account or the site")
		}
		return h(ctx, who, in)
	})
}
