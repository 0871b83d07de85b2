// Package httpd is the edge: the mux, the middleware that every request passes,
// the files of the web interface and of maps, and the checks in front of a map's
// socket; the JSON API is api's. It holds no rules of the business and no driver; of headers about where
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
	"plectica/internal/api"
	"plectica/internal/attach"
	"plectica/internal/audit"
	"plectica/internal/backup"
	"plectica/internal/caller"
	"plectica/internal/deliver"
	"plectica/internal/durability"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/lease"
	"plectica/internal/ledger"
	"plectica/internal/lookout"
	"plectica/internal/mail"
	"plectica/internal/oidc"
	"plectica/internal/org"
	"plectica/internal/problem"
	"plectica/internal/remedy"
	"plectica/internal/share"
	"plectica/internal/sysmap"
	"plectica/internal/throttle"
	"plectica/internal/whence"
)

// Config is what the edge is made of.
type Config struct {
	Accounts *account.Service
	Share    *share.Service
	Orgs     *org.Service
	// SignIn are the providers by which people may sign in. Nil: there are none.
	SignIn *oidc.Service
	// Mail is the site's mail. May be nil.
	Mail *mail.Service
	// SiteName is what the site calls itself.
	SiteName string
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
	// Audit is where every request is recorded.
	Audit *audit.Log
	// Full reports that the disk is, but for what is held for operators. May be nil.
	Full func() bool
	// Ledger shows and proves what was recorded. May be nil.
	Ledger *ledger.Ledger
	// Lookout is what was noticed in it. May be nil.
	Lookout *lookout.Service
	// Remedy does something about it, Deliveries says how records get elsewhere. May be nil.
	Remedy     *remedy.Service
	Deliveries func() []deliver.Status

	// Socket takes over GET /maps/{id}/socket: signed in, of an own origin, and
	// with a role that may open the map. Nil answers 503, as does the one below.
	Socket MapHandler
	// Snapshot answers GET /maps/{id}/snapshot/{seq}/{hash}.
	Snapshot MapHandler
	// History tells how maps were. May be nil.
	History *history.Service
	// Durability tells how safe everything is, Backups makes and drills archives. May be nil.
	Durability *durability.Service
	Backups    *backup.Service
	// Copy returns ops that make a map's living content anew. Nil: no map becomes a
	// file.
	Copy func(ctx context.Context, m id.Map, names func(id.Account) string) ([]sysmap.Op, error)
	// Files are what maps hold beside their cards. Nil: none are taken in or given out.
	Files *attach.Service
	// Leases end what is under way for somebody who may no longer do it. Nil: the
	// server has its own, which nobody tells anything.
	Leases *lease.Desk
	// SecurityContact is whom to tell of a hole, as an address with its scheme; empty:
	// nobody says.
	SecurityContact string
	// Now is the clock of the rates; nil is time.Now.
	Now func() time.Time
	// Brake slows down whom the watch noticed. May be nil.
	Brake *throttle.Brake
	// Unlimited lifts the rates of requests; for measuring.
	Unlimited bool
}

// server is the Config and what is made from it once.
type server struct {
	Config
	callers *caller.Service
	measure *measure
	imports *throttle.Slots // a place for each file that is being read
	exports *throttle.Slots // and for each that is being written
	uploads *throttle.Slots // and for each that comes to a map
	upload  *throttle.Limiter
	pace    *pace
	counted *prometheus.CounterVec // reports
	ended   prometheus.Counter     // transfers that were cut
}

func newServer(c Config) *server {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Leases == nil {
		c.Leases = lease.New()
	}
	return &server{
		Config: c, callers: &caller.Service{Accounts: c.Accounts, Share: c.Share},
		measure: newMeasure(c.Metrics), pace: newPace(c.Metrics), counted: newReports(c.Metrics), ended: newEnded(c.Metrics),
		imports: throttle.NewSlots(mostImports, mostOwn), exports: throttle.NewSlots(mostExports, mostOwn), uploads: throttle.NewSlots(mostUploads, mostUploadsEach),
		upload: throttle.New(uploadRate()),
	}
}

// routes registers every route there is.
func (s *server) routes() *table {
	mux := &table{ServeMux: http.NewServeMux()}
	c := api.Config{
		Accounts: s.Accounts, Share: s.Share, Orgs: s.Orgs, Callers: s.callers, Files: s.Files, Copy: s.Copy, History: s.History, Durability: s.Durability, Backups: s.Backups, Ledger: s.Ledger, Audit: s.Audit, Lookout: s.Lookout, Remedy: s.Remedy, Deliveries: s.Deliveries, SignIn: s.SignIn, Mail: s.Mail,
		SiteName: s.SiteName, Version: s.Version, Log: s.Log,
	}
	api.Register(noted{mux}, c)
	mux.HandleFunc(api.CallbackPattern, note(api.Callback(c)))
	mux.HandleFunc("/api/", note(func(w http.ResponseWriter, _ *http.Request) {
		problem.New(http.StatusNotFound, "not_found", "the API has nothing at this address").Write(w)
	}))
	s.maps(mux)
	s.files(mux)
	s.blobs(mux)
	s.reports(mux)
	s.wellKnown(mux)
	s.live(mux)
	s.static(mux)
	return mux
}

// table is a mux that remembers what it has.
type table struct {
	*http.ServeMux
	patterns []string
}

// HandleFunc registers a route.
func (t *table) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	t.patterns = append(t.patterns, pattern)
	t.ServeMux.HandleFunc(pattern, h)
}

// noted tells the metrics which route was taken, for routes of the API.
type noted struct{ *table }

// HandleFunc registers a route.
func (n noted) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	n.table.HandleFunc(pattern, note(h))
}

// New returns the handler of everything people reach.
func New(c Config) http.Handler {
	s := newServer(c)
	mux := s.routes()
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem.New(http.StatusForbidden, "permission", "a page of another site may not do this").Write(w)
	}))
	h := s.limitBody(mux)
	h = s.ownOrigin(h)
	h = cross.Handler(h)
	h = s.paced(h)
	h = s.audited(mux, h)
	h = s.visit(h)
	h = s.headers(h)
	return s.observe(h)
}
