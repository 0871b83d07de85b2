package mail

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"

	"plectica/internal/fault"
	"plectica/internal/store"
	"plectica/internal/store/storetest"
)

// memory is an outbox without a disk.
type memory struct {
	mu   sync.Mutex
	mail map[store.MailID]store.Mail
	err  error // every write fails with it
}

func newMemory() *memory { return &memory{mail: map[store.MailID]store.Mail{}} }

func TestMemory(t *testing.T) {
	storetest.Outbox(t, func(*testing.T) store.Outbox { return newMemory() })
}

func (o *memory) AddMail(_ context.Context, m store.Mail, most int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.mail) >= most {
		return fault.New(fault.Limit, "too many mails wait")
	}
	if _, ok := o.mail[m.ID]; ok {
		return fault.New(fault.Conflict, "this mail waits already")
	}
	m.Data = bytes.Clone(m.Data)
	o.mail[m.ID] = m
	return o.err
}

func (o *memory) DueMail(_ context.Context, now int64, limit int) ([]store.Mail, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []store.Mail
	for _, m := range o.mail {
		if m.Due <= now {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b store.Mail) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return out[:min(limit, len(out)):len(out)], nil
}

func (o *memory) PutOff(ctx context.Context, id store.MailID, due int64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if m, ok := o.mail[id]; ok && o.err == nil {
		m.Due, m.Tries = due, m.Tries+1
		o.mail[id] = m
	}
	return o.err
}

func (o *memory) DropMail(ctx context.Context, id store.MailID) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if o.err == nil {
		delete(o.mail, id)
	}
	return o.err
}

func (o *memory) CountMail(context.Context) (n int, oldest int64, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.mail {
		if n == 0 || m.Created < oldest {
			oldest = m.Created
		}
		n++
	}
	return n, oldest, nil
}

// all returns what waits.
func (o *memory) all() []store.Mail {
	out, _ := o.DueMail(context.Background(), 1<<62, 1<<30)
	return out
}
