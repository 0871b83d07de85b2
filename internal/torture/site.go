package torture

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"plectica/internal/id"
	"plectica/internal/robot"
)

// site is the tortured server: a process on a fixed port over one directory.
type site struct {
	binary, dir string
	port        int
	cmd         *exec.Cmd
	link        string // one-time secret of the first account
	tls         *tls.Config
	cookie      string
	account     id.Account
}

// newSite starts the server for the first time.
func newSite(ctx context.Context, binary, dir string) (*site, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &site{binary: binary, dir: dir, port: l.Addr().(*net.TCPAddr).Port}
	if err := l.Close(); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		s.kill()
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	s.tls = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}
	return s, nil
}

func (s *site) base() string { return fmt.Sprintf("https://localhost:%d", s.port) }

func (s *site) server() *robot.Server {
	return &robot.Server{Base: s.base(), Cookie: s.cookie, TLS: s.tls}
}

var linkPattern = regexp.MustCompile(`/first#(\S+)`)

// start runs the program and waits until it says where it is.
func (s *site) start(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, s.binary, "serve", "--data", s.dir, "--listen", fmt.Sprintf("127.0.0.1:%d", s.port))
	cmd.Env = append(os.Environ(), "PLECTICA_OPS_LISTEN=", "PLECTICA_LOG_LEVEL=error")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd = cmd
	ready := make(chan bool, 1)
	go func() {
		sc := bufio.NewScanner(out)
		seen := false
		for sc.Scan() {
			if m := linkPattern.FindStringSubmatch(sc.Text()); m != nil {
				s.link = m[1]
			}
			if strings.Contains(sc.Text(), "running at") {
				seen = true
			}
			if seen && strings.TrimSpace(sc.Text()) == "" && (s.cookie != "" || s.link != "") {
				select {
				case ready <- true:
				default:
				}
			}
		}
		close(ready)
	}()
	select {
	case ok := <-ready:
		if !ok {
			return errors.New("the server ended before it was ready")
		}
		return nil
	case <-time.After(startLimit):
		return errors.New("the server did not start in time")
	}
}

// kill ends the server as a power cut of its process would.
func (s *site) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // SIGKILL; it may have ended by itself
	_ = s.cmd.Wait()
	s.cmd = nil
}

// setUp makes the first account and a map.
func (s *site) setUp(ctx context.Context) (id.Map, error) {
	var me struct{ ID string }
	err := s.post(ctx, "/api/v1/first", map[string]string{
		"secret": s.link, "email": "torture@localhost.test", "name": "Torture", "password": "correct horse battery staple 42",
	}, &me)
	if err != nil {
		return id.Map{}, err
	}
	if s.account, err = id.Parse[id.Account](me.ID); err != nil {
		return id.Map{}, err
	}
	var m struct{ ID string }
	if err := s.post(ctx, "/api/v1/maps", map[string]string{"title": "Torture"}, &m); err != nil {
		return id.Map{}, err
	}
	return id.Parse[id.Map](m.ID)
}

func (s *site) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base()+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", s.base())
	req.Header.Set("Cookie", s.cookie)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: s.tls}, Timeout: startLimit}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s: %s: %s", path, resp.Status, text)
	}
	for _, c := range resp.Cookies() {
		s.cookie = c.Name + "=" + c.Value
	}
	return json.Unmarshal(text, out)
}
