package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"plectica/internal/load"
)

// target is a server with an account and maps.
type target struct {
	*load.Site
	base, host, port string
	redirect         string // the port that only redirects
	ca               string // file
	cookie           string // of the owner: name=value
	maps             []string
	tls              *tls.Config
}

// limited starts a server as it is; free one whose rates are lifted, for tools that
// would otherwise see nothing but refusals.
func (k *kit) limited(ctx context.Context) (*target, error) { return k.start(ctx) }

func (k *kit) free(ctx context.Context) (*target, error) { return k.start(ctx, "--unlimited") }

func (k *kit) start(ctx context.Context, args ...string) (*target, error) {
	dir, err := os.MkdirTemp(k.dir, "data-")
	if err != nil {
		return nil, err
	}
	redirect, err := port(ctx)
	if err != nil {
		return nil, err
	}
	site, err := load.StartSite(ctx, k.program, dir, args, []string{
		"PLECTICA_REDIRECT_LISTEN=127.0.0.1:" + redirect, "PLECTICA_SECURITY_CONTACT=security@example.org",
	})
	if err != nil {
		return nil, err
	}
	p, err := site.Protocol(ctx, 5, true)
	if err != nil {
		return nil, errors.Join(err, site.Stop())
	}
	u, err := url.Parse(p.Base)
	if err != nil {
		return nil, errors.Join(err, site.Stop())
	}
	t := &target{Site: site, base: p.Base, host: u.Host, port: u.Port(), redirect: redirect, ca: filepath.Join(dir, "ca.crt"), cookie: p.Writer, tls: p.TLS}
	for _, m := range p.Maps {
		t.maps = append(t.maps, m.String())
	}
	return t, nil
}

// port returns a port that nobody uses just now.
func port(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, p, err := net.SplitHostPort(l.Addr().String())
	return p, errors.Join(err, l.Close())
}

// status asks for a page and returns its status.
func (t *target) status(ctx context.Context, path string) (int, http.Header, error) {
	client := http.Client{Transport: &http.Transport{TLSClientConfig: t.tls, DisableKeepAlives: true}, Timeout: proberPatience}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.base+path, nil)
	if err != nil {
		return 0, nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	return resp.StatusCode, resp.Header, resp.Body.Close()
}

// requests is how many requests the server has answered.
func (t *target) requests(ctx context.Context) (n int, err error) {
	m, err := t.Metrics(ctx)
	for name, v := range m {
		if strings.HasPrefix(name, "plectica_http_requests_total") {
			n += int(v)
		}
	}
	return n, err
}

const (
	// proberEvery is how often somebody else opens the page while an attack goes on.
	proberEvery    = 100 * time.Millisecond
	proberPatience = 5 * time.Second
	// proberAddr is in a network of its own on this machine: what one may do is
	// bounded.
	proberAddr = "127.0.1.1"
)

// prober is a person who opens pages and files while others attack.
type prober struct {
	mu     sync.Mutex
	took   []time.Duration
	failed []string
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// probe starts one, with a new connection for each page.
func (t *target) probe(ctx context.Context) *prober {
	ctx, stop := context.WithCancel(ctx)
	p := &prober{stop: stop}
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(proberAddr)}}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: t.tls, DialContext: d.DialContext, DisableKeepAlives: true}, Timeout: proberPatience}
	p.done.Go(func() {
		for ctx.Err() == nil {
			began := time.Now()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.base+"/api/v1/site", nil)
			if err != nil {
				p.note(0, err)
				return
			}
			resp, err := client.Do(req)
			if ctx.Err() != nil {
				return
			}
			if err == nil {
				err = resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					err = fmt.Errorf("status %d", resp.StatusCode)
				}
			}
			p.note(time.Since(began), err)
			time.Sleep(max(0, proberEvery-time.Since(began)))
		}
	})
	return p
}

func (p *prober) note(took time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took = append(p.took, took)
	if err != nil {
		p.failed = append(p.failed, err.Error())
	}
}

// end returns how long pages took, at the median and at the 99th of 100.
func (p *prober) end() (p50, p99 time.Duration, failed []string) {
	p.stop()
	p.done.Wait()
	slices.Sort(p.took)
	if len(p.took) == 0 {
		return 0, 0, []string{"nobody could ask"}
	}
	return p.took[len(p.took)/2], p.took[len(p.took)*99/100], p.failed
}

// headersFile writes the headers of a signed-in page for tools that read them so.
func (t *target) header() string { return "Cookie: " + strings.TrimSpace(t.cookie) }
