package ledger

import (
	"context"
	"slices"
	"strings"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	// MaxFound is how many records one search returns at most.
	MaxFound = 500
	// maxLooked is how many blocks one search looks through; whoever wants to know more goes
	// on from where it ended.
	maxLooked = 64
)

// Query says which records somebody looks for. What is empty does not matter.
type Query struct {
	Since, Until int64 // milliseconds since 1970, both included; 0: any
	// By is who did it: an account, or what records call somebody.
	By string
	// On is what it was done to, or whom it concerned, as sort:id; an account as account: and its
	// id.
	On  string
	Org store.OrgID
	// Acts are any of these; of one that ends with a point all that begin so.
	Acts   []string
	Result audit.Result
	// Bad asks for what was refused or failed.
	Bad     bool
	Session string
	// Before is the number of the first record that is too late; 0: the end of the log.
	Before uint64
	Limit  int
}

// Found is what a search found, the last first. Next is where to go on; 0: there is no more.
type Found struct {
	Events []audit.Event
	Next   uint64
	// Gone says that older records are there no more.
	Gone bool
}

// asked is a query by what records have.
type asked struct {
	Query
	by, on, org string
	keys        []uint64
}

// Search looks for records, the last first.
func (l *Ledger) Search(ctx context.Context, q Query) (Found, error) {
	var out Found
	a, there, err := l.ask(ctx, q)
	if err != nil || !there {
		return out, err
	}
	head, err := l.c.Store.AuditHead(ctx)
	if err != nil {
		return out, err
	}
	at := head.Size
	if q.Before > 0 {
		at = min(at, q.Before)
	}
	if q.Until > 0 {
		if at, err = l.notLater(ctx, q.Until, at); err != nil {
			return out, err
		}
	}
	for range maxLooked {
		if at == 0 || len(out.Events) >= a.Limit {
			break
		}
		from, found, err := l.previous(ctx, a, at)
		if err != nil || !found {
			return out, err
		}
		done, err := l.look(ctx, a, from, at, &out)
		if fault.Is(err, fault.Gone) {
			out.Gone, out.Next = true, 0
			return out, nil
		}
		if err != nil || done {
			return out, err
		}
		at = from
	}
	if out.Next = at; len(out.Events) >= a.Limit {
		out.Next = out.Events[len(out.Events)-1].Seq
	}
	return out, nil
}

// ask turns a query into one of what records have. There is nothing to be found of somebody
// who was forgotten, or never did anything.
func (l *Ledger) ask(ctx context.Context, q Query) (a asked, there bool, err error) {
	a = asked{Query: q, on: q.On}
	if a.Limit <= 0 || a.Limit > MaxFound {
		a.Limit = MaxFound
	}
	if q.By != "" {
		if a.by, err = l.called(ctx, q.By); err != nil || a.by == "" {
			return a, false, err
		}
		a.keys = append(a.keys, keyOf("by "+a.by))
	}
	if account, ok := strings.CutPrefix(q.On, "account:"); ok {
		by, err := l.called(ctx, account)
		if err != nil || by == "" {
			return a, false, err
		}
		_, alias, _ := strings.Cut(by, ":")
		a.on = "account:" + alias
	}
	if a.on != "" {
		a.keys = append(a.keys, keyOf("on "+a.on))
	}
	if q.Org != (store.OrgID{}) {
		a.org = id.Format(q.Org)
		a.keys = append(a.keys, keyOf("org "+a.org))
	}
	switch {
	case len(a.keys) == store.MaxSeenKeys:
	case q.Session != "":
		a.keys = append(a.keys, keyOf("ses "+q.Session))
	case len(q.Acts) == 1 && !strings.HasSuffix(q.Acts[0], "."):
		a.keys = append(a.keys, keyOf("act "+q.Acts[0]))
	}
	return a, true, nil
}

// called is what records call somebody: an account, or who is called so already; empty:
// there is no record of them.
func (l *Ledger) called(ctx context.Context, who string) (string, error) {
	if strings.Contains(who, ":") {
		return who, nil
	}
	a, err := id.Parse[id.Account](who)
	if err != nil {
		return "", err
	}
	k, err := l.c.Store.SubjectKey(ctx, store.SubjectOf(a))
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return string(audit.Person) + ":" + k.Alias, err
}

// notLater returns the number of the first record, at most before, that may be later than
// a time.
func (l *Ledger) notLater(ctx context.Context, until int64, before uint64) (uint64, error) {
	b, err := l.c.Store.BlockBefore(ctx, until)
	if fault.Is(err, fault.NotFound) {
		n, err := l.lastBlock(ctx)
		if n > 0 || err != nil {
			return min(before, store.AuditBlock), err
		}
		return before, nil
	}
	if err != nil {
		return 0, err
	}
	last, err := l.lastBlock(ctx)
	if err != nil || b.N+1 == last {
		return before, err // what is in no block yet may be as old
	}
	return min(before, (b.N+1)*store.AuditBlock), nil
}

// previous returns where the records begin that are to be looked at next, before a number:
// those of a block that may have some.
func (l *Ledger) previous(ctx context.Context, a asked, at uint64) (from uint64, found bool, err error) {
	last, err := l.lastBlock(ctx)
	if err != nil {
		return 0, false, err
	}
	n := (at - 1) / store.AuditBlock
	if n >= last || len(a.keys) == 0 {
		return n * store.AuditBlock, true, nil
	}
	list, err := l.c.Store.BlocksWith(ctx, a.keys, n+1, 1)
	if err != nil || len(list) == 0 {
		return 0, false, err
	}
	return list[0] * store.AuditBlock, true, nil
}

// look looks through the records of a block before a number; done says that all before are
// too old.
func (l *Ledger) look(ctx context.Context, a asked, from, at uint64, out *Found) (done bool, err error) {
	got, err := l.c.Store.AuditLines(ctx, from, int(min(at-from, store.AuditBlock)))
	if err != nil {
		return false, err
	}
	lines := got.Lines[:min(uint64(len(got.Lines)), at-from)]
	for i := range slices.Backward(lines) {
		s, err := audit.Skim(lines[i])
		if err != nil {
			return false, err
		}
		if a.Since > 0 && s.At < a.Since-clockSlack {
			return true, nil
		}
		if !a.fits(s) {
			continue
		}
		e, err := l.c.Log.Open(ctx, from+uint64(i), lines[i])
		if err != nil {
			return false, err
		}
		if out.Events = append(out.Events, e); len(out.Events) >= a.Limit {
			return false, nil
		}
	}
	return false, nil
}

// clockSlack is by how much records may be out of order, in milliseconds: what is counted
// has the time when it began.
const clockSlack = 10_000

func (a *asked) fits(s audit.Skimmed) bool {
	switch {
	case a.Since > 0 && s.At < a.Since, a.Until > 0 && s.At > a.Until,
		a.by != "" && s.By != a.by, a.on != "" && s.On != a.on && s.To != a.on, a.org != "" && s.Org != a.org,
		a.Result != "" && s.Result != a.Result, a.Bad && s.Result == audit.OK, a.Session != "" && s.Session != a.Session:
		return false
	}
	return len(a.Acts) == 0 || slices.ContainsFunc(a.Acts, func(act string) bool {
		return act == string(s.Act) || strings.HasSuffix(act, ".") && strings.HasPrefix(string(s.Act), act)
	})
}
