package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"plectica/internal/archive"
	"plectica/internal/fault"
	"plectica/internal/store"
)

const (
	// tablesRest is how many times as long as reading the tables took nothing is read again.
	tablesRest = 50
	// tablesPerMinute bounds what is sent of the tables, sealed, in bytes: they go whole.
	tablesPerMinute = 32 << 20
)

// shippedTable reports whether a table goes into segments: not what only the archive needs,
// what is over before anybody restores it, nor the audit log, which grows with each request.
func shippedTable(name string) bool {
	return !strings.HasPrefix(name, "audit") && !slices.Contains([]string{"room", "base", "snapshot", "record", "session", "ticket", "notice", "visit", "memory"}, name)
}

// shipTables sends all tables when one of them is not as it was sent last, but never more
// than so many bytes a minute. Meanwhile they wait, and their age is told.
func (s *Shipper) shipTables(ctx context.Context) error {
	if err := s.lookAtTables(ctx); err != nil {
		return err
	}
	if s.seen == s.sum || time.Now().Before(s.tablesSend) {
		return nil
	}
	_, _, n, err := s.send(ctx, nil, true)
	s.tablesSend = time.Now().Add(tablesPace(n))
	if fault.Is(err, fault.Limit) && ctx.Err() == nil {
		s.tablesSend = time.Now().Add(sickRest) // the changes of maps do not wait for it
		s.report(err)
		return nil
	}
	if err != nil {
		return err
	}
	s.sum = s.seen
	s.tablesWait(false)
	return nil
}

// tablesPace is how long nothing more may be sent of tables after so many bytes were.
func tablesPace(n int64) time.Duration {
	return time.Duration(float64(n) / tablesPerMinute * float64(time.Minute))
}

// tablesWait notes whether the place lacks what is in the tables now.
func (s *Shipper) tablesWait(wait bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !wait:
		s.tablesSince = time.Time{}
	case s.tablesSince.IsZero():
		s.tablesSince = time.Now()
	}
}

// lookAtTables hashes all tables, if it is time to.
func (s *Shipper) lookAtTables(ctx context.Context) error {
	began := time.Now()
	if began.Before(s.tables) {
		return nil
	}
	sum := sha256.New()
	err := s.view(ctx, func(v store.View) error {
		return eachRow(ctx, v, func(t store.Table) error {
			_, err := io.WriteString(sum, t.Name+"\n")
			return err
		}, func(values []any) error {
			b, err := archive.AppendValues(nil, values)
			_, _ = sum.Write(b) // it never fails
			return err
		})
	})
	s.tables = time.Now().Add(max(shipEvery, tablesRest*time.Since(began)))
	if err != nil {
		return err
	}
	s.seen = hex.EncodeToString(sum.Sum(nil))
	s.tablesWait(s.seen != s.sum)
	return nil
}

// eachRow walks over the tables that go into segments.
func eachRow(ctx context.Context, v store.View, table func(store.Table) error, row func([]any) error) error {
	list, err := v.Tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range list {
		if !shippedTable(t.Name) {
			continue
		}
		if err := table(t); err != nil {
			return err
		}
		if err := v.Rows(ctx, t, row); err != nil {
			return err
		}
	}
	return nil
}

func writeTables(ctx context.Context, w *archive.Segment, v store.View) error {
	schema, err := v.Schema(ctx)
	if err != nil {
		return err
	}
	if err := w.Tables(schema); err != nil {
		return err
	}
	return eachRow(ctx, v, w.Table, w.Values)
}
