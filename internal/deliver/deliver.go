// Package deliver brings the audit log elsewhere: to syslog, to a webhook, to files. Each
// destination has a stream of its own with a position of its own: what one receiver does, or
// does not do, stops neither another nor the product. Everything arrives in order and at
// least once, under an id that says what came twice; what can never arrive is said in its
// place. It changes no record and deletes nothing. A Stream's Run belongs to one goroutine;
// its other methods are safe for concurrent use.
package deliver

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
)

// Kind is a way out.
type Kind string

// The kinds.
const (
	Syslog  Kind = "syslog"  // RFC 5424 over TLS, as RFC 5425 frames it
	Webhook Kind = "webhook" // signed, over HTTPS
	JSONL   Kind = "jsonl"   // files of a directory, one for each day
)

// MaxDestinations bounds how many there are.
const MaxDestinations = 8

// Source is the log.
type Source interface {
	// Head returns how many records there are, and were.
	Head(ctx context.Context) (uint64, error)
	// Read returns at most limit records, or a few more, from one on, in order. It returns
	// fault.Gone when the first is no longer kept.
	Read(ctx context.Context, from uint64, limit int) ([]audit.Event, error)
}

// Memory keeps positions over restarts, as store.Audit does.
type Memory interface {
	Memory(ctx context.Context, name string) ([]byte, error)
	Remember(ctx context.Context, name string, data []byte) error
}

// Destination is somewhere to deliver to. The operator named it.
type Destination struct {
	// Name is what the operator calls it. The position is kept under it.
	Name string
	Kind Kind
	// Address is a syslog receiver's host:port.
	Address string
	// URL is a webhook's, with https. AllowPrivate lets its host lie in the own network.
	URL          string
	AllowPrivate bool
	// Directory is where files go.
	Directory string
	// CA are the certificates, as PEM, of whom to trust; empty: the machine's.
	CA []byte
	// Secret signs what goes to a webhook.
	Secret []byte
	// Only are the acts that are delivered; one that ends with a point stands for all that
	// begin so. None: all are.
	Only []string
}

// wants reports whether records of an act are delivered.
func (d Destination) wants(a audit.Act) bool {
	return len(d.Only) == 0 || slices.ContainsFunc(d.Only, func(o string) bool {
		return o == string(a) || strings.HasSuffix(o, ".") && strings.HasPrefix(string(a), o)
	})
}

// Config is what streams are made of.
type Config struct {
	Destinations []Destination
	Source       Source
	Memory       Memory
	// Origin is the log's name, which is part of each record's id: another one once the log
	// was brought back to an earlier state, for then numbers come again.
	Origin string
	// Host is what syslog calls this machine; empty: nothing.
	Host string
	// Now is the clock; nil: the real one.
	Now func() time.Time
	// OnError hears of what goes wrong, by the name of a stream. It must not wait. May be nil.
	OnError func(name string, err error)
}

// Open returns a stream for each destination. Nothing is delivered before Run. It returns
// fault.Invalid for a destination that can never be one.
func Open(c Config) ([]*Stream, error) {
	if len(c.Destinations) > MaxDestinations {
		return nil, fault.New(fault.Limit, fmt.Sprintf("the audit log is delivered to at most %d places", MaxDestinations))
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	seen := map[string]bool{}
	var out []*Stream
	for _, d := range c.Destinations {
		if d.Name == "" || seen[d.Name] {
			return nil, fault.New(fault.Invalid, "each place that the audit log is delivered to needs a name of its own")
		}
		seen[d.Name] = true
		to, err := c.open(d)
		if err != nil {
			return nil, err
		}
		out = append(out, newStream(c, d, to))
	}
	return out, nil
}

func (c Config) open(d Destination) (sink, error) {
	switch d.Kind {
	case Syslog:
		return newSyslog(d, c.Host)
	case Webhook:
		return newWebhook(d, c.Now)
	case JSONL:
		return newFiles(d)
	}
	return nil, fault.New(fault.Invalid, "the audit log is not delivered by "+string(d.Kind))
}

// sink is a way out. A stream uses it one call at a time.
type sink interface {
	// send hands a parcel over. It returns once the receiver has all of it, as far as that
	// can be known; after an error the receiver may have some.
	send(ctx context.Context, p *parcel) error
}
