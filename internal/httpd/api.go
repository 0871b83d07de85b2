package httpd

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"plectica/internal/account"
	"plectica/internal/fault"
)

// prefix is where the API lives.
const prefix = "/api/v1"

// cookieName is the sign-in's cookie; its prefix makes browsers keep it to this
// host, over TLS, for all paths.
const cookieName = "__Host-plectica"

// none is an input or output without anything in it.
type none struct{}

// body wraps what an endpoint answers.
type body[T any] struct{ Body T }

// noted tells the metrics which route was taken, for routes huma registers.
type noted struct{ *http.ServeMux }

// HandleFunc registers a route.
func (n noted) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	n.ServeMux.HandleFunc(pattern, note(h))
}

// api registers the JSON API. No documentation is served: its pages would need
// scripts of others.
func (s *server) api(mux *http.ServeMux) {
	c := huma.DefaultConfig("Plectica", s.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{quiet}
	api := humago.NewWithPrefix(noted{mux}, prefix, c)
	s.siteAPI(api)
	s.mapAPI(api)
	s.accessAPI(api)
	s.orgAPI(api)
	s.invitationAPI(api)
	s.keptAPI(api)
	s.examplesAPI(api)
	mux.HandleFunc("/api/", note(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, http.StatusNotFound, "not_found", "the API has nothing at this address")
	}))
}

// quiet takes what was sent out of answers about malformed requests: it may be
// a password.
func quiet(_ huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &problem{Type: "about:blank", Title: e.Title, Status: e.Status, Detail: e.Detail, Code: "invalid"}
	for _, d := range e.Errors {
		if d.Location != "" {
			p.Detail += "; " + d.Location + ": " + d.Message
		}
	}
	return p, nil
}

// handle registers one endpoint. Errors become problems here and nowhere else.
func handle[I, O any](s *server, api huma.API, method, path string, status int, h func(ctx context.Context, in *I) (*O, error)) {
	huma.Register(api, huma.Operation{
		OperationID:   strings.ToLower(method) + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path),
		Method:        method,
		Path:          path,
		DefaultStatus: status,
		MaxBodyBytes:  maxBody,
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			s.logInternal(ctx, err)
			return nil, newProblem(err)
		}
		return out, nil
	})
}

// private is handle for people who are signed in.
func private[I, O any](s *server, api huma.API, method, path string, status int, h func(ctx context.Context, who account.Who, in *I) (*O, error)) {
	handle(s, api, method, path, status, func(ctx context.Context, in *I) (*O, error) {
		who, err := s.who(ctx)
		if err != nil {
			return nil, err
		}
		return h(ctx, who, in)
	})
}

// logInternal notes what people are not told.
func (s *server) logInternal(ctx context.Context, err error) {
	if k := fault.KindOf(err); (k == fault.Internal || k == fault.Lost) && ctx.Err() == nil {
		s.Log.LogAttrs(ctx, slog.LevelError, "a request was not served", slog.String("error", err.Error()))
	}
}
