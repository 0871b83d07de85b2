// Package witness looks at a site's audit log from elsewhere: it remembers how far the log
// was, cosigns what is proven to begin with that, and says when the log forked or shrank. It
// believes nothing that is not signed by the log's key and proven, and forgets nothing that
// it cosigned. It is no part of the server, which never imports it, and touches no
// installation. A Witness is used by one goroutine at a time.
package witness

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"plectica/internal/fault"
	"plectica/internal/proof"
)

const (
	// tries is how often a site that cannot be reached is asked at one look, tryAfter how long
	// it is waited in between, doubling.
	tries    = 3
	tryAfter = 2 * time.Second
	// leastEvery is how often a site is asked at most.
	leastEvery = time.Second
)

// Config is what a Witness is made of.
type Config struct {
	URL   string // of the site: https://host
	Token string // of any account of the site, with the scope read
	// Key is the log's, as somebody was told it. Empty: the one that is pinned, or at first
	// use the one that the site names.
	Key string
	Dir string // its own; made if need be
	// Every is how long it waits from one look to the next.
	Every time.Duration
	// Roots are the authorities that are trusted; nil is the machine's.
	Roots *x509.CertPool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Client is the way out; nil: to the site alone.
	Client *http.Client
}

// Witness is one. Close it.
type Witness struct {
	c    Config
	site *site
	s    *state
}

// New opens a witness's directory and checks all that it keeps there. It returns
// fault.Invalid for what was altered and for what cannot be asked, and fault.Conflict for a
// directory that another one uses, or that is of a log with another key.
func New(c Config) (*Witness, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Every = max(c.Every, leastEvery)
	site, err := newSite(c)
	if err != nil {
		return nil, err
	}
	s, err := openState(c.Dir, c.Key)
	if err != nil {
		return nil, err
	}
	return &Witness{c, site, s}, nil
}

// Close lets the directory go.
func (w *Witness) Close() error {
	w.site.client.CloseIdleConnections()
	return w.s.close()
}

// Key is what its cosignatures are checked with (https://c2sp.org/tlog-cosignature).
func (w *Witness) Key() string { return w.s.own[0].text() }

// Cut is how many bytes of half a checkpoint were cut off when it was opened.
func (w *Witness) Cut() int { return w.s.cut }

// Run looks again and again until ctx ends, and tells what it finds. It returns what hinders
// the witness itself.
func (w *Witness) Run(ctx context.Context, tell func(Verdict)) error {
	for {
		v, err := w.Look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		tell(v)
		if !wait(ctx, w.c.Every) {
			return nil
		}
	}
}

// Look is Step, a few times if the site cannot be reached.
func (w *Witness) Look(ctx context.Context) (v Verdict, err error) {
	pause := tryAfter
	for range tries - 1 {
		if v, err = w.Step(ctx); err != nil || v.Kind != Unreachable || !wait(ctx, pause) {
			return v, err
		}
		pause *= 2
	}
	return w.Step(ctx)
}

// wait returns false if ctx ended before.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Step looks once. What is wrong with the site or its log is the verdict; an error is what
// hinders the witness itself.
func (w *Witness) Step(ctx context.Context) (Verdict, error) {
	v := Verdict{}
	if w.s.book != nil {
		v.Was = w.s.book.last.Checkpoint
	}
	err := w.step(ctx, &v)
	v.Why = printable(v.Why)
	v.Evidence = append([]string(nil), w.s.evidence...)
	return v, err
}

func (w *Witness) step(ctx context.Context, v *Verdict) error {
	got, err := w.site.checkpoint(ctx)
	if err != nil {
		v.Kind, v.Why = Unreachable, err.Error()
		return nil
	}
	text := []byte(got.Checkpoint)
	if err := w.recognise(got, v); err != nil {
		v.Kind, v.Why = Stranger, err.Error()
		return nil
	}
	if w.s.book != nil {
		why, err := w.compare(ctx, v)
		if err != nil {
			v.Kind, v.Why = Unreachable, err.Error()
			return nil
		}
		v.Why = why
		if v.Kind > Stranger {
			return w.s.contradict(v.Kind, v.Is, text)
		}
	}
	if v.Kind == Grew {
		if err := w.cosign(text, v); err != nil {
			return err
		}
	}
	if v.Kind <= Same {
		v.age(w.c.Now(), w.s.book.last.cosigned)
	}
	return nil
}

// recognise opens what was shown by the log's key. The first key that is seen is pinned if
// none was told.
func (w *Witness) recognise(got shown, v *Verdict) error {
	log := w.s.log
	if w.s.logText == "" {
		k, err := proof.ParseKey(got.Key)
		if err != nil {
			return err
		}
		log = k
	}
	c, err := proof.Open([]byte(got.Checkpoint), log)
	switch {
	case err != nil && w.s.logText != "" && got.Key != w.s.logText:
		return errors.New("the site names another key: " + got.Key)
	case err != nil:
		return err
	case c.Origin != log.Name:
		return errors.New("the checkpoint is of another log")
	}
	v.Is = c
	if w.s.logText == "" {
		v.Pinned = printable(got.Key)
		return w.s.know(got.Key)
	}
	return nil
}

// compare says, by v.Kind, how what was shown relates to what is kept.
func (w *Witness) compare(ctx context.Context, v *Verdict) (why string, err error) {
	was, is := v.Was, v.Is
	switch {
	case is.Size == was.Size && is.Root == was.Root:
		v.Kind = Same
		return "", nil
	case is.Size == was.Size:
		v.Kind = Forked
		return "as many records, and others", nil
	case is.Size < was.Size && is.At != 0 && is.At < was.At:
		v.Kind = Old
		return "it was signed before the one that is kept", nil
	case is.Size < was.Size:
		v.Kind = Shrank
		return "", nil
	}
	path, err := w.site.consistency(ctx, was.Size, is.Size)
	if errors.Is(err, errRefused) || errors.Is(err, proof.ErrForm) {
		v.Kind = Unproven
		return err.Error(), nil
	}
	if err != nil {
		return "", err
	}
	if err := proof.Consistent(was.Size, was.Root, is.Size, is.Root, path); err != nil {
		v.Kind = Forked
		return err.Error(), nil
	}
	v.Kind = Grew
	return "", nil
}

// cosign signs what is proven, and keeps it.
func (w *Witness) cosign(text []byte, v *Verdict) error {
	end := bytes.Index(text, []byte("\n\n"))
	line := w.s.own[0].line(text[:end+1], w.c.Now())
	e, err := reader{w.s.log, w.s.keys[:1]}.open(append(text[:len(text):len(text)], line...))
	if err != nil || !plain(text[:end+1]) || bytes.Contains(text, []byte("— "+w.s.own[0].name+" ")) {
		v.Kind, v.Why = Stranger, "the checkpoint has a form that is not kept"
		return nil
	}
	return w.s.keep(e)
}

// plain says whether no line of a checkpoint's text could be taken for a signature.
func plain(body []byte) bool { return !bytes.Contains(body, []byte("— ")) }

// maxTold bounds what a site said and people are shown, in bytes.
const maxTold = 300

// printable is what a site said, for a line of a log.
func printable(s string) string {
	s = s[:min(len(s), maxTold)]
	return string(bytes.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, []byte(s)))
}

// Refuse is the error by which a program ends when something is wrong with a log.
func (v Verdict) Refuse() error {
	if v.OK() {
		return nil
	}
	return fault.New(fault.Conflict, v.String())
}
