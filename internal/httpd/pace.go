package httpd

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/account"
	"plectica/internal/api"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/problem"
	"plectica/internal/throttle"
)

// The classes of routes, by what a request costs.
const (
	usual  = "usual"  // the JSON API
	files  = "files"  // of cards, and snapshots: a map with many pictures asks for all at once
	dear   = "dear"   // much work, a mail, or a password's hash
	past   = "past"   // how maps were
	socket = "socket" // opening one
	report = "report" // what browsers tell by themselves
)

// How much of an address counts as one client, in bits.
const prefixBits4, prefixBits6 = 24, 64

// rates are how often requests of a class may come. They are far above what people
// do: they bound programs.
type rates struct{ visitor, prefix, global throttle.Rate }

func ratesOf(class string) rates {
	switch class {
	case files:
		return rates{
			visitor: throttle.Rate{Burst: 3000, Every: 10 * time.Millisecond},
			prefix:  throttle.Rate{Burst: 10_000, Every: 2 * time.Millisecond},
			global:  throttle.Rate{Burst: 20_000, Every: 500 * time.Microsecond},
		}
	case past: // each is some work; who plays a map's history asks often
		return rates{
			visitor: throttle.Rate{Burst: 300, Every: 100 * time.Millisecond},
			prefix:  throttle.Rate{Burst: 600, Every: 50 * time.Millisecond},
			global:  throttle.Rate{Burst: 1200, Every: 20 * time.Millisecond},
		}
	case dear:
		return rates{
			visitor: throttle.Rate{Burst: 200, Every: time.Second}, // a folder of maps is brought at once
			prefix:  throttle.Rate{Burst: 240, Every: 500 * time.Millisecond},
			global:  throttle.Rate{Burst: 600, Every: 50 * time.Millisecond},
		}
	case socket: // after a restart everybody comes back at once
		return rates{
			visitor: throttle.Rate{Burst: 300, Every: 200 * time.Millisecond},
			prefix:  throttle.Rate{Burst: 1500, Every: 20 * time.Millisecond},
			global:  throttle.Rate{Burst: 10_000, Every: time.Millisecond},
		}
	case report: // by networks alone: whoever sends them need be nobody
		return rates{
			prefix: throttle.Rate{Burst: 60, Every: time.Second},
			global: throttle.Rate{Burst: 600, Every: 50 * time.Millisecond},
		}
	}
	return rates{
		visitor: throttle.Rate{Burst: 600, Every: 50 * time.Millisecond},
		prefix:  throttle.Rate{Burst: 3000, Every: 5 * time.Millisecond},
		global:  throttle.Rate{Burst: 10_000, Every: 500 * time.Microsecond},
	}
}

// classes are the routes that are not usual. What is not here and not part of the
// web interface is.
var classes = map[string]string{
	"POST " + reportPath:                                        report,
	"GET /maps/{id}/blobs/{hash}":                               files,
	"GET /maps/{id}/snapshot/{seq}/{hash}":                      files,
	"POST " + api.Prefix + "/maps/{id}/blobs":                   files,
	"GET /maps/{id}/past/{seq}":                                 past,
	"GET /maps/{id}/past/{seq}/commits":                         past,
	"GET /maps/{id}/past/{seq}/picture":                         past,
	"GET " + api.Prefix + "/maps/{id}/history":                  past,
	"GET " + api.Prefix + "/maps/{id}/objects/{object}/authors": past,
	"GET /maps/{id}/socket":                                     socket,
	"GET " + api.Prefix + "/site/audit":                         past,
	"GET " + api.Prefix + "/site/audit/timeline":                past,
	"GET " + api.Prefix + "/site/audit/proof":                   past,
	"GET " + api.Prefix + "/account/audit":                      past,
	"GET " + api.Prefix + "/orgs/{id}/audit":                    past,
	"GET " + api.Prefix + "/audit/consistency":                  past,
	livePattern:    socket,
	orgLivePattern: socket,
	"GET " + api.Prefix + "/orgs/{id}/audit/timeline":  past,
	"GET " + api.Prefix + "/orgs/{id}/audit/proof":     past,
	"GET /maps/{id}/file":                              dear,
	"POST " + importPath:                               dear,
	"POST " + api.Prefix + "/maps/{id}/duplicate":      dear,
	"POST " + api.Prefix + "/examples/{name}":          dear,
	"POST " + api.Prefix + "/first":                    dear,
	"POST " + api.Prefix + "/signup":                   dear,
	"POST " + api.Prefix + "/reset":                    dear,
	"POST " + api.Prefix + "/invitations":              dear,
	"POST " + api.Prefix + "/maps/{id}/invitations":    dear,
	"POST " + api.Prefix + "/orgs/{id}/invitations":    dear,
	"POST " + api.Prefix + "/folders/{id}/invitations": dear,
	"POST " + api.Prefix + "/maps/{id}/links":          dear,
	"POST " + api.Prefix + "/links/open":               dear,
	"POST " + api.Prefix + "/embeds/open":              dear,
	"POST " + api.Prefix + "/signin/provider":          dear,
	"POST " + api.Prefix + "/signin/mail/again":        dear,
	"POST " + api.Prefix + "/account/confirm/provider": dear,
	"POST " + api.Prefix + "/account/identities":       dear,
	"POST " + api.Prefix + "/forgot":                   dear,
	"POST " + api.Prefix + "/verify/resend":            dear,
	"POST " + api.Prefix + "/account/email":            dear,
	"PUT " + api.Prefix + "/account/password":          dear,
	"POST " + api.Prefix + "/account/confirm":          dear,
	"POST " + api.Prefix + "/people/{id}/reset":        dear,
	"POST " + api.Prefix + "/site/mail/test":           dear,
	"GET " + api.Prefix + "/site/mail":                 dear,
	"GET " + api.Prefix + "/site/providers":            dear,
	api.CallbackPattern:                                dear,
}

// pacer holds the buckets of one class.
type pacer struct{ visitor, prefix, global *throttle.Limiter }

// take counts a request, by the prefix first: who is refused by it takes nothing away
// from others. visitor is asked for only then.
func (p pacer) take(now time.Time, prefix string, visitor func() string) time.Duration {
	if wait := p.prefix.Take(now, prefix); wait > 0 {
		return wait
	}
	if v := visitor(); v != "" {
		if wait := p.visitor.Take(now, v); wait > 0 {
			return wait
		}
	}
	return p.global.Take(now, "")
}

// pace is the rates of all routes.
type pace struct {
	pacers  map[string]pacer
	free    map[string]bool // patterns of the web interface
	refused *prometheus.CounterVec
}

func newPace(r prometheus.Registerer) *pace {
	p := &pace{pacers: map[string]pacer{}, free: map[string]bool{}, refused: prometheus.NewCounterVec(
		prometheus.CounterOpts{Name: "plectica_http_paced_total", Help: "Requests refused because they came too often, by class."}, []string{"class"})}
	for _, class := range []string{usual, files, dear, past, socket, report} {
		r := ratesOf(class)
		p.pacers[class] = pacer{throttle.New(r.visitor), throttle.New(r.prefix), throttle.New(r.global)}
	}
	if r != nil {
		r.MustRegister(p.refused)
	}
	return p
}

// paced refuses requests that come too often, before anything of them is read.
func (s *server) paced(next http.Handler) http.Handler {
	if s.Unlimited {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pattern := taken(r)
		if pattern == "" || s.pace.free[pattern] {
			next.ServeHTTP(w, r)
			return
		}
		class := classes[pattern]
		if class == "" {
			class = usual
		}
		v := caller.Of(r.Context())
		place := throttle.Prefix(v.Client.Addr, prefixBits4, prefixBits6)
		var slowed time.Duration
		wait := s.pace.pacers[class].take(s.Now(), place, func() string {
			key := s.visitorKey(r)
			slowed = s.Brake.Take(s.Now(), key)
			return key
		})
		wait = max(wait, slowed)
		if wait > 0 {
			s.pace.refused.WithLabelValues(class).Inc()
			problem.Of(&account.SlowDown{Err: fault.New(fault.Limit, "too many requests; wait a little"), Wait: wait}).Write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// visitorKey is by whom a request is counted: an account, or else a visit by a link.
// A visit that was made up is counted too, and gains nothing: its prefix is.
func (s *server) visitorKey(r *http.Request) string {
	if who, err := s.callers.Who(r.Context()); err == nil {
		return throttle.OfAccount(who.Account.ID)
	}
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Name, caller.VisitCookie) {
			sum := sha256.Sum256([]byte(c.Value))
			return "visit " + string(sum[:])
		}
	}
	return ""
}
