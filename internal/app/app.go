// Package app wires the server: it alone knows the drivers, makes every part
// from the one configuration, starts them and stops them in order. It holds no
// rules. Run may be called several times in one process, on different data.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/account"
	"plectica/internal/attach"
	"plectica/internal/audit"
	"plectica/internal/backup"
	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/deliver"
	"plectica/internal/durability"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/httpd"
	"plectica/internal/id"
	"plectica/internal/intake"
	"plectica/internal/lease"
	"plectica/internal/ledger"
	"plectica/internal/lookout"
	"plectica/internal/mail"
	"plectica/internal/notice"
	"plectica/internal/observe"
	"plectica/internal/oidc"
	"plectica/internal/operate"
	"plectica/internal/org"
	"plectica/internal/places"
	"plectica/internal/remedy"
	"plectica/internal/share"
	"plectica/internal/store"
	"plectica/internal/store/sqlstore"
	"plectica/internal/throttle"
	"plectica/internal/tlsca"
	"plectica/internal/whence"
	"plectica/ui"
)

const (
	// stopTimeout bounds the drain and the last requests, closeTimeout the last
	// commit and closing the store; 5 s in all.
	stopTimeout  = 3500 * time.Millisecond
	closeTimeout = 1200 * time.Millisecond
)

// Options is what Run is told.
type Options struct {
	Config  config.Config
	Version string
	// Out is for people: the address, the way to trust it, the first link.
	Out io.Writer
	// Err takes the log; nil is os.Stderr.
	Err io.Writer
	// Command is how this program was called, for the sentences on Out.
	Command string
	// Rooms brings other live maps than the server's own; for tests.
	Rooms func(p Parts) (Rooms, error)
	// Unlimited lifts the rates of connections; for measuring.
	Unlimited bool
	// Started, if set, hears of the address once requests are answered.
	Started func(origin string)
}

// server is one running server.
type server struct {
	o         Options
	log       *slog.Logger
	dir       *datadir.Dir
	db        operate.Database
	store     *sqlstore.Store
	committer *store.Committer
	audit     *audit.Log
	ledger    *ledger.Ledger
	reserve   *datadir.Reserve
	streams   []*deliver.Stream
	lookout   *lookout.Service
	places    *places.File // nil: nobody brought one
	brake     *throttle.Brake
	remedy    *remedy.Service
	accounts  *account.Service
	share     *share.Service
	orgs      *org.Service
	board     *notice.Board
	files     *attach.Service
	history   *history.Service
	backups   *backup.Service
	shippers  []*backup.Shipper
	safety    *durability.Service
	keys      *backup.Keys
	leases    *lease.Desk
	mail      *mail.Service
	signIn    *oidc.Service // by other providers
	rooms     Rooms
	ca        *tlsca.Authority
	acme      *tlsca.ACME // nil without a domain
	metrics   *prometheus.Registry
	origins   origins
	proxies   *whence.Proxies

	background sync.WaitGroup
}

// Run serves until ctx ends and then stops within five seconds. It returns nil
// after an orderly stop.
func Run(ctx context.Context, o Options) (err error) {
	if o.Err == nil {
		o.Err = os.Stderr
	}
	s := &server{o: o, log: observe.Logger(o.Err, o.Config.LogLevel), metrics: observe.Registry(), leases: lease.New(), brake: throttle.NewBrake()}
	if s.dir, err = datadir.Open(o.Config.Data); err != nil {
		return err
	}
	if err := s.dir.Lock(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.dir.Unlock()) }()
	if err := s.dir.Whole(); err != nil {
		return err
	}
	if s.db, err = operate.DatabaseOf(o.Config); err != nil {
		return err
	}
	records, err := s.beforeUpgrade(ctx)
	if err != nil {
		return err
	}
	if s.store, err = s.db.Open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close(), s.closePlaces()) }()
	for _, r := range records {
		if err := s.store.AddRecord(ctx, r); err != nil {
			return err
		}
	}
	if err := s.build(ctx); err != nil {
		return err
	}
	return s.serve(ctx)
}

// committed passes on what is on disk.
func (s *server) committed(m id.Map, rows int) {
	s.history.Changed(m, rows)
	for _, ship := range s.shippers {
		ship.Changed(m, rows)
	}
}

// fault notes what went wrong in the background.
func (s *server) fault(err error) {
	s.log.LogAttrs(context.Background(), slog.LevelError, "background work failed", slog.String("error", err.Error()))
}

// build makes the parts, from the store up.
func (s *server) build(ctx context.Context) (err error) {
	c := s.o.Config
	if s.proxies, err = c.Proxy.Whence(); err != nil {
		return err
	}
	log, now, err := breakable(ctx, s.store)
	if err != nil {
		return err
	}
	s.committer = store.NewCommitter(log)
	s.committer.Observe = observeCommits(s.metrics)
	if err := s.openAudit(ctx, now); err != nil {
		return err
	}
	if s.history, err = s.openHistory(now); err != nil {
		return err
	}
	s.committer.Committed = s.committed
	parts := Parts{
		Log:       log,
		Committer: s.committer,
		Audit:     s.audit,
		Load:      s.history.Open,
		Links:     s.store.SetLinks,
		Metrics:   s.metrics,
		Logger:    s.log,
		Node:      node(),
		Now:       now,

		Unlimited: s.o.Unlimited, Brake: s.brake,
	}
	if s.o.Rooms == nil {
		s.rooms = liveRooms(parts)
	} else if s.rooms, err = s.o.Rooms(parts); err != nil {
		return err
	}
	if s.files, err = s.openFiles(now); err != nil {
		return err
	}
	if err := s.openBackups(now); err != nil {
		return err
	}
	if s.mail, err = s.openMail(now); err != nil {
		return err
	}
	s.safety = s.openSafety(now)
	if s.board, err = notice.New(ctx, s.store, s.recheck); err != nil {
		return err
	}
	s.orgs = org.New(org.Config{Store: s.store, Changed: s.board.Flush, Mail: s.inviteByMail(), OnError: s.fault, Now: now})
	if s.accounts, err = s.openAccounts(ctx, now); err != nil {
		return err
	}
	s.share = s.openShare(now)
	s.openRemedy(now)
	if s.signIn, err = openSignIn(c, s.o.Version, s.callback, now); err != nil {
		return err
	}
	s.ca, err = tlsca.Open(tlsca.Config{Dir: s.dir.Path("."), Names: func() tlsca.Names { return names(c) }})
	return err
}

// tlsConfig joins the certificates there are.
func (s *server) tlsConfig() *tls.Config {
	c := s.o.Config
	if len(c.Domains) == 0 {
		return tlsca.ServerConfig(s.ca.GetCertificate)
	}
	s.acme = tlsca.NewACME(tlsca.ACMEConfig{
		Dir: s.dir.Path(datadir.ACME), Domains: c.Domains, Email: c.ACMEEmail, Directory: c.ACMEDirectory,
		Event: func(what, domain string, err error) {
			attrs := []slog.Attr{slog.String("what", what), slog.String("domain", domain)}
			if err == nil {
				s.log.LogAttrs(context.Background(), slog.LevelInfo, "certificate", attrs...)
				return
			}
			s.log.LogAttrs(context.Background(), slog.LevelError, "certificate", append(attrs, slog.String("error", err.Error()))...)
		},
	})
	return s.acme.Server(s.ca)
}

// listen opens a port, or says which one is taken.
func listen(ctx context.Context, key, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "cannot listen on "+address+" ("+key+")", err)
	}
	return l, nil
}

// port returns the port a listener has.
func port(l net.Listener) string {
	_, p, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return ""
	}
	return p
}

// site is a server and where it listens.
type site struct {
	*http.Server
	l   net.Listener
	tls bool
}

// serve answers requests until ctx ends or a listener fails.
func (s *server) serve(ctx context.Context) error {
	sites, err := s.sites(ctx)
	if err != nil {
		return err
	}
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	commit, stopCommit := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCommit()
	committed := make(chan struct{})
	go func() { s.committer.Run(commit); close(committed) }()
	s.startBackground(work)
	s.began(ctx)

	failed := make(chan error, len(sites))
	for _, v := range sites {
		go func() { failed <- v.serve() }()
	}
	if err := s.greet(ctx); err != nil {
		s.fault(err)
	}
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed:
	}
	s.stop(sites)
	s.ended()
	stopWork()
	stopCommit()
	return errors.Join(err, s.wait(committed))
}

func (v site) serve() error {
	var err error
	if v.tls {
		err = v.ServeTLS(v.l, "", "")
	} else {
		err = v.Serve(v.l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fault.Wrap(fault.Internal, "serve", err)
}

// sites opens all ports; when one is taken, none stays open.
func (s *server) sites(ctx context.Context) (sites []site, err error) {
	c := s.o.Config
	defer func() {
		if err != nil {
			for _, v := range sites {
				err = errors.Join(err, v.l.Close())
			}
		}
	}()
	l, err := listen(ctx, "listen", c.Listen)
	if err != nil {
		return nil, err
	}
	s.origins.set(c, port(l))
	contact, err := c.Contact()
	if err != nil {
		return sites, errors.Join(err, l.Close())
	}
	bounds := s.bounds()
	public := httpd.NewServer(httpd.New(httpd.Config{
		Accounts: s.accounts, Share: s.share, Orgs: s.orgs, Static: ui.Files(), Origins: s.origins.get, Proxies: s.proxies,
		Version: s.o.Version, Log: s.log, Metrics: s.metrics, Audit: s.audit, Ledger: s.ledger, Lookout: s.lookout, Full: s.reserve.Low, Brake: s.brake, Remedy: s.remedy, Deliveries: s.deliveries,
		Socket: s.rooms.Socket, Snapshot: s.rooms.Snapshot, Copy: s.rooms.Copy, History: s.history, Durability: s.safety, Backups: s.backups, Files: s.files, Leases: s.leases,
		SignIn: s.signIn, Mail: s.mail, SiteName: siteName, SecurityContact: contact, Unlimited: s.o.Unlimited,
	}), s.tlsConfig(), s.log)
	sites = append(sites, site{Server: public, l: intake.Limit(s.proxies.Listen(l, bounds.Refused), bounds), tls: true})
	if c.OpsListen != "" {
		if l, err = listen(ctx, "ops_listen", c.OpsListen); err != nil {
			return sites, err
		}
		sites = append(sites, site{Server: httpd.NewServer(httpd.Ops(s.store.Ping, s.metrics, s.audit), nil, s.log), l: l})
	}
	if c.RedirectListen != "" {
		if l, err = listen(ctx, "redirect_listen", c.RedirectListen); err != nil {
			return sites, err
		}
		sites = append(sites, site{Server: httpd.Redirect(s.origins.get, s.log, s.audit), l: intake.Limit(l, bounds)})
	}
	return sites, nil
}

// bounds are how many connections a public port takes.
func (s *server) bounds() intake.Bounds {
	l := s.o.Config.Limits
	b := intake.Bounds{Open: l.Connections, Exempt: s.proxies.Trusts}
	if !s.o.Unlimited {
		b.OpenEach, b.NewEach = l.ConnectionsPerAddress, l.NewConnectionsPerAddress
	}
	refused := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "plectica_connections_refused_total", Help: "Connections closed at once: their address had too many, or a proxy did not say whose they are.",
	})
	s.metrics.MustRegister(refused)
	b.Refused = refused.Inc
	return b
}

// startBackground starts what works beside the requests.
func (s *server) startBackground(ctx context.Context) {
	s.background.Go(func() { s.board.Run(ctx, s.fault) })
	s.background.Go(func() { s.keepReserve(ctx) })
	s.background.Go(func() { s.audit.Run(ctx) })
	s.background.Go(func() { s.ledger.Run(ctx) })
	s.background.Go(func() { s.lookout.Run(ctx) })
	for _, v := range s.streams {
		s.background.Go(func() { v.Run(ctx) })
	}
	s.background.Go(func() { s.accounts.Run(ctx) })
	s.background.Go(func() { s.share.Run(ctx) })
	s.background.Go(func() { s.files.Run(ctx) })
	s.background.Go(func() { s.history.Run(ctx) })
	s.background.Go(func() { s.backups.Run(ctx) })
	s.background.Go(func() { s.safety.Run(ctx) })
	for _, ship := range s.shippers {
		s.background.Go(func() { ship.Run(ctx) })
	}
	s.background.Go(func() { s.mail.Run(ctx) })
	s.background.Go(func() { keepSmall(ctx) })
	s.background.Go(func() {
		s.ca.Run(ctx, func(err error) {
			if err != nil {
				s.fault(err)
			}
			s.origins.refresh(s.o.Config)
		})
	})
	if s.rooms.Run != nil {
		s.background.Go(func() { s.rooms.Run(ctx) })
	}
	if s.acme != nil {
		if err := s.acme.Start(ctx); err != nil {
			s.fault(err)
		}
	}
}

// stop ends the requests: sockets by the drain hook, the others by themselves.
func (s *server) stop(sites []site) {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var all sync.WaitGroup
	for _, v := range sites {
		all.Go(func() {
			if v.Shutdown(ctx) != nil {
				_ = v.Close() // they had their time
			}
		})
	}
	if s.rooms.Drain != nil {
		all.Go(func() {
			if err := s.rooms.Drain(ctx); err != nil {
				s.fault(fault.Wrap(fault.Internal, "drain the maps", err))
			}
		})
	}
	all.Wait()
	if s.acme != nil {
		s.acme.Stop()
	}
}

// wait lets the last commit and the background end.
func (s *server) wait(committed <-chan struct{}) error {
	done := make(chan struct{})
	go func() { s.background.Wait(); <-committed; close(done) }()
	select {
	case <-done:
		return nil
	case <-time.After(closeTimeout):
		return fault.New(fault.Internal, "stopped before everything had ended; the last edits' outcome is unknown to their clients, who send them again")
	}
}
