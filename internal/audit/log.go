package audit

import (
	"context"
	"crypto/rand"
	"io"
	"strings"
	"sync"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/throttle"
)

// writeTimeout bounds how long something waits to be recorded.
const writeTimeout = 5 * time.Second

// Config is what a Log is made of.
type Config struct {
	Store store.Audit
	// Append makes a batch durable, as store.Committer does.
	Append func(ctx context.Context, b store.Batch) error
	// Now is the clock, Random where keys come from; nil: the real ones.
	Now    func() time.Time
	Random io.Reader
	// Written, if set, hears that there are new records. It must not wait.
	Written func()
	// OnError hears of faults in the background. May be nil.
	OnError func(error)
}

// Log is where records are written.
type Log struct {
	c      Config
	keys   *keyring
	floods *throttle.Limiter

	mu       sync.Mutex
	tallied  map[tallyKey]*Event
	flushing chan struct{} // capacity 1
}

// New returns a log. Run is its background work.
func New(c Config) *Log {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return &Log{
		c: c, keys: newKeyring(c.Store, c.Random), floods: throttle.New(floodRate()),
		tallied: map[tallyKey]*Event{}, flushing: make(chan struct{}, 1),
	}
}

// errUnwritten says that what somebody wanted could not be recorded.
func errUnwritten(err error) error {
	return fault.Wrap(fault.Busy, "this could not be recorded, so it was not done; try again in a moment", err)
}

// Note makes records of what happened, to go with a batch. An event without a time has
// this one, without a result OK; nobody is a stranger.
func (l *Log) Note(ctx context.Context, events ...*Event) (n store.Note, err error) {
	for _, e := range events {
		if e.At == 0 {
			e.At = l.c.Now().UnixMilli()
		}
		if e.Result == "" {
			e.Result = OK
		}
		if e.By.Kind == "" {
			e.By.Kind = Stranger
		}
		if err := l.add(ctx, &n, e); err != nil {
			return store.Note{}, err
		}
	}
	return n, nil
}

// add adds a record to a note.
func (l *Log) add(ctx context.Context, n *store.Note, e *Event) error {
	if _, ok := acts[e.Act]; !ok {
		return fault.New(fault.Internal, "there is no such act: "+string(e.Act))
	}
	on, err := l.object(ctx, n, e.On, e.At)
	if err != nil {
		return err
	}
	to, err := l.object(ctx, n, e.To, e.At)
	if err != nil {
		return err
	}
	return l.keys.with(ctx, subjectOf(e.By, e.At), e.At, func(k *key) error {
		use(n, k)
		from, err := l.keys.sealFrom(k, e.From)
		if err != nil {
			return err
		}
		n.Lines = append(n.Lines, appendLine(make([]byte, 0, lineRoom), e, called(e.By, e.From, k), on, to, from))
		return nil
	})
}

// lineRoom is about how long a record is, in bytes.
const lineRoom = 400

// use notes that a record is sealed with a key.
func use(n *store.Note, k *key) {
	if k.stored {
		return
	}
	for _, have := range n.Keys {
		if have.Subject == k.Subject {
			return
		}
	}
	n.Keys = append(n.Keys, k.SubjectKey)
}

// object is what a record says of what something was done to.
func (l *Log) object(ctx context.Context, n *store.Note, o Object, at int64) (text string, err error) {
	switch o.Sort {
	case "":
		return "", nil
	case sortAccount:
		err = l.keys.with(ctx, store.Subject(people+o.ID), at, func(k *key) error {
			use(n, k)
			text = sortAccount + ":" + k.Alias
			return nil
		})
	case sortEmail:
		err = l.keys.with(ctx, dayOf(at), at, func(k *key) error {
			use(n, k)
			text = sortEmail + ":" + alias(k.Key, "email "+strings.ToLower(o.ID))
			return nil
		})
	default:
		text = o.Sort + ":" + o.ID
	}
	return text, err
}

// Append makes a batch durable with the records it brings.
func (l *Log) Append(ctx context.Context, b store.Batch) error {
	err := l.c.Append(ctx, b)
	l.ended(b.Note, err == nil)
	return err
}

// ended notes whether what was to be written is on disk.
func (l *Log) ended(n store.Note, written bool) {
	if len(n.Lines) == 0 {
		return
	}
	l.settle(n.Keys, written)
	if written && l.c.Written != nil {
		l.c.Written()
	}
}

// settle lets go of keys that were to be kept and are not: another process may have been
// faster, or the account is not there any more, and then nobody shall be able to tell whom
// the record was about.
func (l *Log) settle(keys []store.SubjectKey, written bool) {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	for _, k := range keys {
		kept := written
		if _, account, _ := k.Subject.Account(); kept && account {
			have, err := l.c.Store.SubjectKey(ctx, k.Subject)
			kept = err == nil && have.Key == k.Key
		}
		l.keys.settle(k, kept)
	}
}

// Write records what happened and returns once that is on disk.
func (l *Log) Write(ctx context.Context, events ...*Event) error {
	// Who went away has done it all the same; who has no more time gets no more.
	by, limited := ctx.Deadline()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	if limited {
		ctx, cancel = context.WithDeadline(ctx, by)
		defer cancel()
	}
	n, err := l.Note(ctx, events...)
	if err == nil {
		err = l.Append(ctx, store.Batch{Note: n})
	}
	if err != nil {
		return errUnwritten(err)
	}
	return nil
}

// Forget destroys the key of somebody's records: nobody can tell any more whom they are
// about. The records stay.
func (l *Log) Forget(ctx context.Context, a id.Account) error {
	s := store.SubjectOf(a)
	l.keys.forget(s)
	err := l.c.Store.ForgetSubject(ctx, s)
	l.keys.forget(s)
	return err
}

// keptDays is how long it can be told from where strangers and visitors came. A visit that
// goes on is called something else from then on.
const keptDays = 30 * 24 * time.Hour

// forgetPage is how many keys are destroyed at once, maxForget how often in one turn.
const forgetPage, maxForget = 100, 1000

// ForgetStrangers destroys the keys of days and visits that are long past.
func (l *Log) ForgetStrangers(ctx context.Context, now time.Time) error {
	before := now.Add(-keptDays).UnixMilli()
	for _, sort := range []string{days, visits} {
		for range maxForget {
			n, err := l.c.Store.ForgetSubjects(ctx, sort, before, forgetPage)
			if err != nil {
				return err
			}
			if n < forgetPage {
				break
			}
		}
	}
	l.keys.forgetOld(before)
	return nil
}

// Named returns whose alias it is, or fault.NotFound.
func (l *Log) Named(ctx context.Context, alias string) (id.Account, error) {
	s, err := l.keys.named(ctx, alias)
	if err != nil {
		return id.Account{}, err
	}
	text, ok := strings.CutPrefix(string(s), people)
	if !ok {
		return id.Account{}, fault.New(fault.NotFound, "this is no account")
	}
	return id.Parse[id.Account](text)
}

// Open reads a record as far as there are keys.
func (l *Log) Open(ctx context.Context, seq uint64, line []byte) (Event, error) {
	w, err := parseLine(line)
	if err != nil {
		return Event{}, err
	}
	e := Event{
		Seq: seq, At: w.At, Act: w.Act, Result: w.Result, Code: w.Code, Request: w.Request, Session: w.Session,
	}
	kind, by, _ := strings.Cut(w.By, ":")
	e.By = Who{Kind: Kind(kind), Alias: by}
	e.On.Sort, e.On.ID, _ = strings.Cut(w.On, ":")
	e.To.Sort, e.To.ID, _ = strings.Cut(w.To, ":")
	if w.Org != "" {
		if e.Org, err = id.Parse[store.OrgID](w.Org); err != nil {
			return e, ErrForm
		}
	}
	for name, n := range w.N {
		e.Add(name, n)
	}
	return e, l.unseal(ctx, &e, w.From)
}

// unseal fills in whom a record is about, and from where they came.
func (l *Log) unseal(ctx context.Context, e *Event, from string) error {
	for _, o := range []*Object{&e.On, &e.To} {
		if o.Sort != sortAccount {
			continue
		}
		o.Alias = o.ID
		if k, err := l.keys.named(ctx, o.ID); err == nil {
			o.ID = strings.TrimPrefix(string(k), people)
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	s, err := dayOf(e.At), error(nil)
	if e.By.Kind != Stranger {
		s, err = l.keys.named(ctx, e.By.Alias)
	}
	if fault.Is(err, fault.NotFound) {
		return nil // forgotten
	}
	if err != nil {
		return err
	}
	if _, text, ok := strings.Cut(string(s), ":"); ok && e.By.Kind != Stranger {
		if e.By.ID, err = id.Parse[[id.Size]byte](text); err != nil {
			return ErrForm
		}
	}
	if from == "" {
		return nil
	}
	err = l.keys.known(ctx, s, func(k *key) (err error) {
		e.From, err = openFrom(k, from)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil // forgotten
	}
	return err
}
