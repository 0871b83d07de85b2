package archive

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/sqlstore"
)

// interrupted ends trims before they are done.
type interrupted struct{ *sqlstore.Store }

func (s interrupted) Trim(ctx context.Context, m id.Map, b store.Base, _ int) (bool, error) {
	const some = 100
	_, err := s.Store.Trim(ctx, m, b, some)
	return false, errors.Join(err, context.Canceled)
}

// TestTrimUnderWay: an archive that is made while a log is being trimmed, or after that was
// interrupted, begins where the log does, and comes back.
func TestTrimUnderWay(t *testing.T) {
	w := newWorld(t)
	v := w.addMap(7, 2000, 0)
	w.now = w.now.Add(history.DefaultPolicy().Log - 500*time.Second)
	past := history.New(history.Config{Store: interrupted{w.store}, Objects: w.snapshots, Policy: history.DefaultPolicy(), Now: func() time.Time { return w.now }})
	if err := past.Trim(t.Context(), v.ID); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	base, err := w.store.Base(t.Context(), v.ID)
	w.must(err)
	b, m := w.archive()
	_, finds, err := Verify(t.Context(), bytes.NewReader(b), w.identities(), 1)
	if err != nil || finds.Err() != nil {
		t.Fatalf("%v, %v", err, finds.Err())
	}
	if m.OpCount != 2000-base.Seq {
		t.Errorf("%d changes after %d", m.OpCount, base.Seq)
	}
	r := newRestored(t)
	if _, err := Restore(t.Context(), bytes.NewReader(b), w.identities(), r.target(), 1); err != nil {
		t.Fatal(err)
	}
}
