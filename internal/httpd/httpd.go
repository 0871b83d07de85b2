// Package httpd is the edge: the mux, the middleware that every request passes,
// the JSON API, the files of the web interface and the checks in front of a
// map's socket. It turns fault kinds into statuses and sentences and nothing
// else does. It holds no rules of the business and no driver; of headers about where
// a request comes from it takes only the word of proxies that the operator named, and
// only about the address. Handlers run concurrently.
package httpd

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/account"
	"plectica/internal/attach"
	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/org"
	"plectica/internal/share"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/throttle"
	"plectica/internal/whence"
)

// maxBody bounds a request's body.
const maxBody = 64 << 10

// Visitor is somebody at a map they may at least see.
type Visitor struct {
	Account id.Account // what they do carries it; of who came by a link, the visit's id
	Name    string
	Key     store.Ref // by what they came
	Also    store.Ref // what else gives them their role: a link, beside a sign-in
	Role    authz.Role
	Asker   gate.Asker
	// Still returns their role now; an error when their sign-in or visit has ended.
	Still func(ctx context.Context) (authz.Role, error)
}

// MapHandler continues a request for a map after the visitor was checked.
type MapHandler func(w http.ResponseWriter, r *http.Request, who Visitor, m id.Map)

// Config is what the edge is made of.
type Config struct {
	Accounts *account.Service
	Share    *share.Service
	Orgs     *org.Service
	// Static are the files of the web interface.
	Static fs.FS
	// Origins returns the exact origins, scheme included, that pages come from;
	// the first is the server's own favourite. It must be cheap.
	Origins func() []string
	// Proxies are whose word about where a request comes from is taken; nil: nobody's.
	Proxies *whence.Proxies
	Version string
	Log     *slog.Logger
	Metrics prometheus.Registerer

	// Socket takes over GET /maps/{id}/socket: signed in, of an own origin, and
	// with a role that may open the map. Nil answers 503, as does the one below.
	Socket MapHandler
	// Snapshot answers GET /maps/{id}/snapshot/{seq}/{hash}.
	Snapshot MapHandler
	// Copy returns ops that make a map's living content anew. Nil: no map becomes a
	// file.
	Copy func(ctx context.Context, m id.Map, names func(id.Account) string) ([]sysmap.Op, error)
	// Files are what maps hold beside their cards. Nil: none are taken in or given out.
	Files *attach.Service
	// SecurityContact is whom to tell of a hole, as an address with its scheme; empty:
	// nobody says.
	SecurityContact string
	// Now is the clock of the rates; nil is time.Now.
	Now func() time.Time
	// Unlimited lifts the rates of requests; for measuring.
	Unlimited bool
}

// server is the Config and what is made from it once.
type server struct {
	Config
	measure *measure
	imports *slots // a place for each file that is being read
	exports *slots // and for each that is being written
	uploads *slots // and for each that comes to a map
	upload  *throttle.Limiter
	pace    *pace
	counted *prometheus.CounterVec // reports
}

func newServer(c Config) *server {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &server{
		Config: c, measure: newMeasure(c.Metrics), pace: newPace(c.Metrics), counted: newReports(c.Metrics), imports: newSlots(mostImports, mostOwn),
		exports: newSlots(mostExports, mostOwn), uploads: newSlots(mostUploads, mostUploadsEach), upload: throttle.New(uploadRate()),
	}
}

// routes registers every route there is.
func (s *server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	s.api(mux)
	s.maps(mux)
	s.files(mux)
	s.blobs(mux)
	s.reports(mux)
	s.wellKnown(mux)
	s.static(mux)
	return mux
}

// New returns the handler of everything people reach.
func New(c Config) http.Handler {
	s := newServer(c)
	mux := s.routes()
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, http.StatusForbidden, "permission", "a page of another site may not do this")
	}))
	h := s.limitBody(mux)
	h = s.ownOrigin(h)
	h = cross.Handler(h)
	h = s.paced(mux, h)
	h = s.visit(h)
	h = s.headers(h)
	return s.observe(h)
}

// visitKey keys a request's visit in its context.
type visitKey struct{}

// visit is what the API needs of a request.
type visit struct {
	token   string // the sign-in's
	client  account.Client
	request *http.Request               // for its cookies
	who     func() (account.Who, error) // looked up once
}

func visitOf(ctx context.Context) visit {
	v, _ := ctx.Value(visitKey{}).(visit) // absent: nobody, from nowhere
	return v
}

// who returns the signed-in person behind a request, or fault.Auth.
func (s *server) who(ctx context.Context) (account.Who, error) {
	if v := visitOf(ctx); v.who != nil {
		return v.who()
	}
	return s.Accounts.Authenticate(ctx, account.Client{}, "")
}

// anybody is whoever asks, signed in or not.
func (s *server) anybody(ctx context.Context) (gate.Asker, error) {
	who, err := s.who(ctx)
	if fault.Is(err, fault.Auth) {
		return gate.Asker{Addr: visitOf(ctx).client.Addr}, nil
	}
	return asker(ctx, who), err
}

// asker is somebody signed in as they stand before what they ask for.
func asker(ctx context.Context, who account.Who) gate.Asker {
	return gate.Asker{Account: who.Account.ID, Strong: who.Session.Proven.Strong(), Addr: visitOf(ctx).client.Addr}
}
