package ledger

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"testing"
	"time"

	"plectica/internal/audit"
	"plectica/internal/store"
)

// TestWrongClockTakesNothing: AU-6. Records that were made while the clock was wrong take no
// others with them.
func TestWrongClockTakesNothing(t *testing.T) {
	b := newBench(t, 400*24*time.Hour)
	b.write(t, 4*store.AuditBlock)
	right := b.now
	b.now = time.Unix(1000, 0)
	b.write(t, 300)
	b.now = right.Add(time.Minute)
	b.write(t, 600)
	must(t, b.Tend(t.Context()))
	if first, err := b.First(t.Context()); err != nil || first != 0 {
		t.Errorf("records from %d on are there, %v", first, err)
	}
}

// doubtful is a store whose commits are doubtful once.
type doubtful struct {
	store.Audit
	now bool
}

// FoldAudit implements store.Audit.
func (d *doubtful) FoldAudit(ctx context.Context, b store.Block, keys []uint64) error {
	err := d.Audit.FoldAudit(ctx, b, keys)
	if err == nil && d.now {
		d.now = false
		return errors.New("the connection went after the commit")
	}
	return err
}

// TestFoldsGoOn: AU-5. After a commit of unknown outcome everything goes on.
func TestFoldsGoOn(t *testing.T) {
	b := newBench(t, 0)
	d := &doubtful{b.st, false}
	b.c.Store = d
	b.write(t, 600)
	must(t, b.Tend(t.Context()))
	d.now = true
	b.write(t, 600)
	if b.Tend(t.Context()) == nil {
		t.Error("nothing was doubtful")
	}
	must(t, b.Tend(t.Context()))
	if last, err := b.st.LastBlock(t.Context()); err != nil || last.N != 3 {
		t.Errorf("%v, %v", last, err)
	}
}

// TestMissingRow: AU-4. A row that somebody took away is an error, and what else there is to be
// done is done.
func TestMissingRow(t *testing.T) {
	b := newBench(t, 0)
	b.write(t, 300)
	db, err := sql.Open("sqlite", b.file)
	must(t, err)
	_, err = db.ExecContext(t.Context(), "DELETE FROM audit WHERE first = 97")
	must(t, errors.Join(err, db.Close()))
	if b.Tend(t.Context()) == nil {
		t.Error("it is not missed")
	}
	if c, err := b.st.LastCheckpoint(t.Context()); err != nil || c.Size != 300 {
		t.Errorf("%v, %v", c, err)
	}
}

// counting counts how often records are read.
type counting struct {
	store.Audit
	reads int
}

// AuditLines implements store.Audit.
func (c *counting) AuditLines(ctx context.Context, from uint64, limit int) (store.AuditLines, error) {
	c.reads++
	return c.Audit.AuditLines(ctx, from, limit)
}

// TestTimelineOfThePast: AU-7. A timeline of some time ago reads nothing of what came later.
func TestTimelineOfThePast(t *testing.T) {
	b := newBench(t, 0)
	since := b.now.UnixMilli()
	b.write(t, 40*store.AuditBlock)
	must(t, b.Tend(t.Context()))
	c := &counting{Audit: b.st}
	b.c.Store = c
	_, err := b.Timeline(t.Context(), since, since+1000, 4)
	must(t, err)
	if c.reads > 0 {
		t.Errorf("%d reads", c.reads)
	}
}

// TestStrangersAreForgotten: AU-8. After a month nobody knows from where strangers came, also
// while the server that knew it runs.
func TestStrangersAreForgotten(t *testing.T) {
	b := newBench(t, 0)
	must(t, b.log.Write(t.Context(), &audit.Event{Act: "signin", From: audit.From{Addr: netip.MustParseAddr("192.0.2.9")}}))
	b.now = b.now.Add(31 * 24 * time.Hour)
	must(t, b.log.ForgetStrangers(t.Context(), b.now))
	got, err := b.Read(t.Context(), 0, 1)
	must(t, err)
	if got[0].From.Addr.IsValid() {
		t.Errorf("%v", got[0].From)
	}
}
