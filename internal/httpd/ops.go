package httpd

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"plectica/internal/audit"
)

// readyTimeout bounds how long a check of readiness may take.
const readyTimeout = 2 * time.Second

// Ops returns the handler for operators: health and metrics. It is served on a
// loopback listener only. Whoever asks is counted, and answered whether or not that can
// be recorded.
func Ops(ready func(ctx context.Context) error, metrics prometheus.Gatherer, log *audit.Log) http.Handler {
	mux := &table{ServeMux: http.NewServeMux()}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n")) // a prober that is gone needs no answer
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		if err := ready(ctx); err != nil {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n")) // as above
	})
	mux.HandleFunc("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}).ServeHTTP)
	return counted(log, opsAct, mux)
}

// opsAct is how a request of an operator's programs is recorded.
func opsAct(r *http.Request) audit.Act {
	switch r.URL.Path {
	case "/healthz":
		return audit.HealthRead
	case "/readyz":
		return audit.ReadyRead
	}
	return audit.MetricsRead
}

// counted counts requests, without keeping them waiting.
func counted(log *audit.Log, act func(r *http.Request) audit.Act, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		next.ServeHTTP(rec, r)
		e := audit.Event{Act: act(r), Result: audit.ResultOf(rec.status)}
		if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
			e.From.Addr = from.Addr()
		}
		log.Tally(&e)
	})
}

// Redirect returns the handler for port 80: it only sends people to HTTPS, at a
// name that is ours.
func Redirect(origins func() []string, log *slog.Logger, records *audit.Log) *http.Server {
	act := func(*http.Request) audit.Act { return audit.Redirect }
	s := NewServer(counted(records, act, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		if !safe(r.Method) {
			http.Error(w, "use HTTPS", http.StatusForbidden)
			return
		}
		path := r.URL.RequestURI()
		// A program that asks without TLS shall hear of it, not go on telling its secret.
		if strings.HasPrefix(path, "/api/") || r.Header.Get("Authorization") != "" {
			http.Error(w, "use HTTPS", http.StatusForbidden)
			return
		}
		// What does not start so would name another host behind our origin; what cannot
		// be read, browsers may read as they like.
		if _, err := url.Parse(path); err != nil || !strings.HasPrefix(path, "/") {
			http.Error(w, "not a path", http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, target(origins(), r.Host)+path, http.StatusMovedPermanently)
	})), nil, log)
	s.MaxHeaderBytes = maxHeaderBytes / 4
	return s
}

// target returns the origin of the same name, or the first of ours.
func target(origins []string, host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	for _, o := range origins {
		if o == "https://"+host || len(o) > len("https://")+len(host) && o[:len("https://")+len(host)+1] == "https://"+host+":" {
			return o
		}
	}
	if len(origins) == 0 {
		return "https://localhost"
	}
	return origins[0]
}
