package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"plectica/internal/robot"
)

// Bounds of a server of the tool's own.
const (
	startLimit = 20 * time.Second
	stopLimit  = 10 * time.Second
	maxMetrics = 1 << 20 // bytes
)

// CertificateFile holds the certificate and key such a server answers with.
const CertificateFile = "leaf.pem"

// Site is a server of the tool's own, in a process of its own, so that what it
// uses can be told from what the clients use.
type Site struct {
	Dir  string // its data
	base string
	ops  string // where its metrics are
	cmd  *exec.Cmd
	done chan struct{} // closed when its output has ended
	http *http.Client
	tls  *tls.Config
	link string // one-time secret of the first account

	owner, viewer string // cookies
}

const (
	viewerEmail = "viewer@load.test"
	mapTitle    = "Load"
)

// StartSite starts a program as a server over an empty directory, with more
// arguments and environment.
func StartSite(ctx context.Context, program, dir string, args, environ []string) (*Site, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	ops, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	s := &Site{Dir: dir, base: fmt.Sprintf("https://localhost:%d", port), ops: fmt.Sprintf("127.0.0.1:%d", ops), done: make(chan struct{})}
	args = append([]string{"serve", "--data", dir, "--listen", fmt.Sprintf("127.0.0.1:%d", port)}, args...)
	s.cmd = exec.CommandContext(ctx, program, args...)
	s.cmd.Env = append(append(os.Environ(), "PLECTICA_OPS_LISTEN="+s.ops, "PLECTICA_LOG_LEVEL=error", "PLECTICA_SIGN_UP=open",
		fmt.Sprintf("PLECTICA_LIMITS_CONNECTIONS=%d", MaxClients+1000),
		fmt.Sprintf("PLECTICA_LIMITS_MAPS_PER_ACCOUNT=%d", MaxMaps)), environ...)
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := s.ready(out); err != nil {
		s.Kill()
		return nil, err
	}
	if err := s.trust(); err != nil {
		s.Kill()
		return nil, err
	}
	return s, nil
}

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

var linkPattern = regexp.MustCompile(`/first#(\S+)`)

// ready waits until the server has said where it is and how to make an account.
func (s *Site) ready(out io.Reader) error {
	link := make(chan string, 1)
	go func() {
		defer close(s.done)
		for sc := bufio.NewScanner(out); sc.Scan(); {
			if m := linkPattern.FindStringSubmatch(sc.Text()); m != nil {
				link <- m[1]
			}
		}
	}()
	select {
	case s.link = <-link:
		return nil
	case <-s.done:
		return errors.New("the server ended before it was ready")
	case <-time.After(startLimit):
		return errors.New("the server did not start in time")
	}
}

// trust takes the server's own certificate authority.
func (s *Site) trust() error {
	pem, err := os.ReadFile(filepath.Join(s.Dir, "ca.crt"))
	if err != nil {
		return err
	}
	s.tls, s.http = Trusting(pem)
	return nil
}

// Trusting returns the settings of a client that trusts the authorities in pem,
// or the system's if there is none.
func Trusting(pem []byte) (*tls.Config, *http.Client) {
	t := &tls.Config{MinVersion: tls.VersionTLS13}
	if pem != nil {
		t.RootCAs = x509.NewCertPool()
		t.RootCAs.AppendCertsFromPEM(pem)
	}
	return t, &http.Client{Transport: &http.Transport{TLSClientConfig: t}, Timeout: startLimit}
}

// Process returns the server's.
func (s *Site) Process() *Process { return &Process{PID: s.cmd.Process.Pid} }

// Protocol makes so many maps, and accounts to write and to read them.
func (s *Site) Protocol(ctx context.Context, maps int, readers bool) (*Plectica, error) {
	if err := s.accounts(ctx); err != nil {
		return nil, err
	}
	p := &Plectica{Base: s.base, Writer: s.owner, Reader: s.viewer, TLS: s.tls}
	a := robot.API{HTTP: s.http, Base: s.base, Cookie: s.owner}
	var err error
	if p.Maps, err = a.NewMaps(ctx, mapTitle, maps); err != nil || !readers {
		return p, err
	}
	for _, m := range p.Maps {
		member := map[string]string{"email": viewerEmail, "role": "view"}
		if err := a.Call(ctx, http.MethodPut, "/maps/"+m.String()+"/access", member, nil); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (s *Site) accounts(ctx context.Context) error {
	if s.owner != "" {
		return nil
	}
	const password = "rivers feed forty slow engines"
	first := map[string]string{"secret": s.link, "email": "owner@load.test", "name": "Owner", "password": password}
	owner := robot.API{HTTP: s.http, Base: s.base}
	if err := owner.Call(ctx, http.MethodPost, "/first", first, nil); err != nil {
		return err
	}
	viewer := robot.API{HTTP: s.http, Base: s.base}
	person := map[string]string{"email": viewerEmail, "name": "Viewer", "password": password}
	if err := viewer.Call(ctx, http.MethodPost, "/signup", person, nil); err != nil {
		return err
	}
	delete(person, "name")
	if err := viewer.Call(ctx, http.MethodPost, "/signin", person, nil); err != nil {
		return err
	}
	s.owner, s.viewer = owner.Cookie, viewer.Cookie
	return nil
}

// Metrics returns the server's own figures by name; histograms only as sums and
// counts.
func (s *Site) Metrics(ctx context.Context) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.ops+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	out := make(map[string]float64)
	for sc := bufio.NewScanner(io.LimitReader(resp.Body, maxMetrics)); sc.Scan(); {
		i := strings.LastIndexByte(sc.Text(), ' ') // labels may have spaces
		if i < 0 {
			continue
		}
		if v, err := strconv.ParseFloat(sc.Text()[i+1:], 64); err == nil {
			out[sc.Text()[:i]] = v
		}
	}
	return out, nil
}

// Stop ends the server in order, so that its profiles and files are whole.
func (s *Site) Stop() error {
	s.http.CloseIdleConnections()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	late := time.AfterFunc(stopLimit, func() { _ = s.cmd.Process.Kill() }) // it may have ended
	defer late.Stop()
	<-s.done
	return s.cmd.Wait()
}

// Kill ends it at once.
func (s *Site) Kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.done
	_ = s.cmd.Wait() // killed
}
