package httpd

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func newLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestOps(t *testing.T) {
	var down error
	reg := prometheus.NewRegistry()
	newMeasure(reg).requests.WithLabelValues("GET /", "GET", "2xx").Inc()
	h := Ops(func(context.Context) error { return down }, reg, newBench(t, nil).log)
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Code, w.Body.String()
	}
	if code, _ := get("/healthz"); code != 200 {
		t.Errorf("healthz %d", code)
	}
	if code, _ := get("/readyz"); code != 200 {
		t.Errorf("readyz %d", code)
	}
	down = errors.New("disk")
	if code, body := get("/readyz"); code != 503 || strings.Contains(body, "disk") {
		t.Errorf("readyz %d %s", code, body)
	}
	if code, _ := get("/healthz"); code != 200 {
		t.Errorf("healthz while not ready: %d", code)
	}
	if code, body := get("/metrics"); code != 200 || !strings.Contains(body, "plectica_http_requests_total") {
		t.Errorf("metrics %d %s", code, body)
	}
}

func TestOpsIsNotOnThePublicSide(t *testing.T) {
	b := newBench(t, nil)
	for _, path := range []string{"/metrics", "/healthz", "/readyz", "/debug/pprof/"} {
		if w := b.ask("GET", path, "", "", nil); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestServerHasAllDeadlines(t *testing.T) {
	s := NewServer(nil, nil, newLog())
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 {
		t.Errorf("server %+v", s)
	}
	if h := s.HTTP2; h == nil || h.MaxConcurrentStreams == 0 || h.SendPingTimeout == 0 || h.PingTimeout == 0 || h.WriteByteTimeout == 0 || h.MaxReadFrameSize == 0 {
		t.Errorf("HTTP/2 %+v", h)
	}
}
