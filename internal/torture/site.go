package torture

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"plectica/internal/cable"
	"plectica/internal/fault"
	"plectica/internal/faulty"
	"plectica/internal/id"
	"plectica/internal/robot"
)

// site is the tortured server: a process over one directory, and the cable that
// leads to it.
type site struct {
	binary, dir string
	socket      string // of the faults inside; "" without
	cable       *cable.Cable
	tls         *tls.Config
	cookie      string
	account     id.Account

	mu   sync.Mutex
	proc *process
	plan faulty.Plan
}

// newSite starts the server for the first time.
func newSite(ctx context.Context, binary, dir, socket string) (*site, error) {
	s := &site{binary: binary, dir: dir, socket: socket}
	var err error
	if s.cable, err = cable.Open(ctx, ""); err != nil {
		return nil, err
	}
	if err = s.start(ctx); err == nil {
		err = s.trust()
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// trust learns the server's own authority.
func (s *site) trust() error {
	pem, err := os.ReadFile(filepath.Join(s.dir, "ca.crt"))
	if err != nil {
		return fault.Wrap(fault.Internal, "read the server's authority", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	s.tls = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}
	return nil
}

func (s *site) base() string { return "https://" + s.process().address }

// server is the site as clients reach it, through the cable.
func (s *site) server() *robot.Server {
	return &robot.Server{Base: s.base(), Cookie: s.cookie, TLS: s.tls, Via: s.cable.Addr()}
}

func (s *site) process() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc
}

// start runs the program, on a port of its own each time: the last one may be
// taken. Nothing is broken in a new process.
func (s *site) start(ctx context.Context) error {
	env := []string{"PLECTICA_OPS_LISTEN=", "PLECTICA_LOG_LEVEL=error"}
	if s.socket != "" {
		env = append(env, faulty.Variable+"="+s.socket)
	}
	p, err := launch(ctx, s.cookie == "", s.binary, env, "serve", "--data", s.dir, "--listen", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.cable.Lead(p.address)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proc, s.plan = p, faulty.Plan{}
	return nil
}

// close ends the process and the cable.
func (s *site) close() {
	if p := s.process(); p != nil {
		p.kill()
	}
	s.cable.Close()
}

// tell changes what is broken inside the server and returns how often something
// has happened there. A server that is dead is told nothing.
func (s *site) tell(ctx context.Context, change func(*faulty.Plan)) (uint64, error) {
	s.mu.Lock()
	change(&s.plan)
	plan, p := s.plan, s.proc
	s.mu.Unlock()
	n, err := faulty.Tell(ctx, s.socket, plan)
	if err != nil && p.alive() && !p.killed.Load() {
		return 0, err
	}
	return n.Sum(), nil
}

// second starts another server on the same directory, which has to be refused.
func (s *site) second(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.binary, "serve", "--data", s.dir, "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "PLECTICA_OPS_LISTEN=", "PLECTICA_LOG_LEVEL=error")
	out, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); !exited || !strings.Contains(string(out), "is in use by") {
		return fault.New(fault.Internal, "a second server on the same data was not refused")
	}
	return nil
}

// setUp makes the first account and some maps.
func (s *site) setUp(ctx context.Context, maps int) ([]id.Map, error) {
	client := http.Client{Transport: &http.Transport{TLSClientConfig: s.tls}, Timeout: startLimit}
	defer client.CloseIdleConnections()
	api := robot.API{HTTP: &client, Base: s.base()}
	var me struct{ ID string }
	err := api.Call(ctx, http.MethodPost, "/first", map[string]string{
		"secret": s.process().link, "email": "torture@localhost.test", "name": "Torture", "password": "rivers feed forty slow engines",
	}, &me)
	if err != nil {
		return nil, err
	}
	if s.account, err = id.Parse[id.Account](me.ID); err != nil {
		return nil, err
	}
	s.cookie = api.Cookie
	return api.NewMaps(ctx, "Torture", maps)
}
