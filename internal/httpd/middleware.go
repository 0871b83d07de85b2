package httpd

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/account"
	"plectica/internal/api"
	"plectica/internal/caller"
	"plectica/internal/exchange"
	"plectica/internal/mail"
	"plectica/internal/problem"
)

// visit notes who asks and from where: the connection's address, or whom a proxy
// names that may. Who cannot be told is refused.
func (s *server) visit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addr, err := s.Proxies.Client(r)
		if err != nil {
			s.refuseUnknown()
			problem.Of(err).With(http.StatusBadRequest).Write(w)
			return
		}
		next.ServeHTTP(w, s.callers.Note(r, s.client(r, addr)))
	})
}

// client is where a request comes from.
func (s *server) client(r *http.Request, addr netip.Addr) account.Client {
	c := account.Client{Addr: addr, Agent: r.UserAgent(), Origin: r.Header.Get("Origin"), Language: mail.Spoken(r.Header.Get("Accept-Language"))}
	if c.Origin == "" { // browsers leave it out of what only reads
		c.Origin = "https://" + r.Host
	}
	if v, err := r.Cookie(caller.Cookie); err == nil {
		c.Token = v.Value
	}
	if d, err := r.Cookie(caller.DeviceCookie); err == nil {
		c.Device = d.Value
	}
	return c
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// ownOrigin refuses writes by pages of an address that is not ours, and writes
// with a cookie that do not say where they come from: no browser sends those.
func (s *server) ownOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Browsers leave the origin out of reports, and a report changes nothing.
		if safe(r.Method) || r.URL.Path == reportPath {
			next.ServeHTTP(w, r)
			return
		}
		origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
		if origin != "" && !slices.Contains(s.Origins(), origin) {
			problem.New(http.StatusForbidden, "permission", "this server does not know itself by the address in your browser; its operator can add it as extra_names").Write(w)
			return
		}
		if origin == "" && site == "" && caller.Of(r.Context()).Cookie {
			problem.New(http.StatusForbidden, "permission", "a write with a cookie needs an Origin").Write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limitBody bounds every body.
func (s *server) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := int64(api.MaxBody)
		switch {
		case r.URL.Path == importPath:
			most = exchange.MaxFile
		case r.URL.Path == reportPath:
			most = maxReport
		case s.isUpload(r):
			most = s.Files.FileBytes()
		}
		if r.ContentLength > most {
			s.refuseLarge(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}

// measure are the metrics of requests.
type measure struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMeasure(r prometheus.Registerer) *measure {
	m := &measure{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "plectica_http_requests_total", Help: "Requests by route, method and status.",
		}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "plectica_http_request_seconds", Help: "How long requests took, sockets left out.",
			Buckets: []float64{.001, .005, .025, .1, .25, .5, 1, 5, 30},
		}, []string{"route"}),
	}
	if r != nil {
		r.MustRegister(m.requests, m.seconds)
	}
	return m
}

// requestIDBytes is the length of a request's number.
const requestIDBytes = 8

// observe numbers, measures and survives every request.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n [requestIDBytes]byte
		rand.Read(n[:]) //nolint:errcheck // it never fails: crypto/rand ends the program instead
		rid := hex.EncodeToString(n[:])
		w.Header().Set(requestHeader, rid)
		rec := &recorder{ResponseWriter: w}
		route := &routed{}
		start := time.Now()
		defer func() {
			if v := recover(); v != nil {
				s.recovered(r, rec, rid, v)
			}
			if route.pattern == "" {
				route.pattern = "none"
			}
			s.measure.requests.WithLabelValues(route.pattern, method(r.Method), class(rec.status)).Inc()
			if !rec.hijacked {
				s.measure.seconds.WithLabelValues(route.pattern).Observe(time.Since(start).Seconds())
			}
			s.Log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("route", route.pattern),
				slog.Int("status", rec.status), slog.Duration("took", time.Since(start)), slog.String("request", rid))
		}()
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), routeKey{}, route)))
	})
}

// recovered answers for a handler that panicked.
func (s *server) recovered(r *http.Request, rec *recorder, rid string, v any) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	s.Log.LogAttrs(r.Context(), slog.LevelError, "a handler panicked", slog.String("request", rid), slog.String("stack", string(debug.Stack())))
	if rec.status == 0 && !rec.hijacked {
		problem.New(http.StatusInternalServerError, "internal", problem.Hidden).Write(rec)
	}
}

// routeKey keys the slot into which the mux's choice is written.
type routeKey struct{}

type routed struct{ pattern string }

// taken is the pattern of the route that a request takes, setTaken notes it.
func taken(r *http.Request) string {
	if v, ok := r.Context().Value(routeKey{}).(*routed); ok {
		return v.pattern
	}
	return ""
}

func setTaken(r *http.Request, pattern string) {
	if v, ok := r.Context().Value(routeKey{}).(*routed); ok {
		v.pattern = pattern
	}
}

// note remembers which route a request took, for the metrics.
func note(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		setTaken(r, r.Pattern)
		h(w, r)
	}
}

// method bounds the label to methods we know.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return m
	}
	return "other"
}

// class is a status as a label; a hijacked connection has none.
func class(status int) string {
	switch status / 100 {
	case 2:
		return "2xx"
	case 3:
		return "3xx"
	case 4:
		return "4xx"
	case 5:
		return "5xx"
	}
	return "none"
}

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status   int
	hijacked bool
}

// WriteHeader notes the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write notes that all is well.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Hijack hands over the connection, for sockets.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err == nil {
		r.hijacked = true
	}
	return c, rw, err
}
