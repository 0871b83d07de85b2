package operate

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"plectica/internal/audit"
	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/id"
	"plectica/internal/ledger"
	"plectica/internal/proof"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
	"plectica/internal/store/storetest"
)

// logged is an installation with an audit log.
type logged struct {
	config config.Config
	st     *sqlstore.Store
	log    *audit.Log
	ledger *ledger.Ledger
	now    time.Time
}

func newLogged(t testing.TB, keep time.Duration) *logged {
	t.Helper()
	k := &logged{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	k.config = config.Default()
	k.config.Data = filepath.Join(t.TempDir(), "data")
	d, err := datadir.Open(k.config.Data)
	if err == nil {
		k.st, err = sqlite.Open(t.Context(), d.Path(datadir.Database))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.st.Close() })
	keys, err := AuditKeys(t.Context(), d, k.st)
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return k.now }
	k.log = audit.New(audit.Config{Store: k.st, Now: clock, Append: func(ctx context.Context, b store.Batch) error {
		return errors.Join(k.st.Append(ctx, []store.Batch{b})...)
	}})
	k.ledger = ledger.New(ledger.Config{Store: k.st, Log: k.log, Keys: keys, Keep: keep, Now: clock})
	return k
}

// write writes records, tending the log every few of them.
func (k *logged) write(t testing.TB, n int) {
	t.Helper()
	for n > 0 {
		var events []*audit.Event
		for range min(n, 60) {
			k.now = k.now.Add(time.Second)
			n--
			events = append(events, &audit.Event{
				Act: audit.MapPush, By: audit.Who{Kind: audit.Person, ID: id.Account{byte(n % 5)}}, On: audit.Of("map", id.Map{byte(n % 3)}),
				From: audit.From{Addr: netip.MustParseAddr("192.0.2.1")},
			})
		}
		if err := errors.Join(k.log.Write(t.Context(), events...), k.ledger.Tend(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAuditLogIsVerified: AU-4. A log that nobody touched is sound, while it is written and
// after old records went; a checkpoint from outside is compared.
func TestAuditLogIsVerified(t *testing.T) {
	k := newLogged(t, 30*time.Minute)
	k.write(t, 100)
	outside, err := k.ledger.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		k.write(t, 600)
		got, err := VerifyAudit(t.Context(), k.config, "", Kept{File: outside.Text})
		if err != nil || len(got.Bad) > 0 || got.Records < 600 || got.Checkpoints < 1 {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	k.now = k.now.Add(2 * time.Hour)
	k.write(t, 10)
	got, err := VerifyAudit(t.Context(), k.config, "", Kept{File: outside.Text})
	if err != nil || len(got.Bad) > 0 || got.Gone == 0 || got.Unchecked != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	var file bytes.Buffer
	n, err := ExportAudit(t.Context(), k.config, &file, 0)
	if err != nil || n != got.Records-got.Gone {
		t.Fatalf("%d of %+v, %v", n, got, err)
	}
	out, err := VerifyExport(bytes.NewReader(file.Bytes()), k.ledger.Key())
	if err != nil || out.Records != n || out.First != got.Gone {
		t.Fatalf("%+v, %v", out, err)
	}
	// And nothing of an export can be altered.
	rng := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		b := bytes.Clone(file.Bytes())
		if at := rng.IntN(len(b)); rng.IntN(4) == 0 {
			b = append(b[:at], b[min(len(b), at+1+rng.IntN(300)):]...)
		} else {
			b[at] ^= 1 << rng.IntN(8)
		}
		// Letters of base64's last bits, and of JSON's names, can be written in two ways.
		if again, err := VerifyExport(bytes.NewReader(b), k.ledger.Key()); err == nil && !same(out, again) {
			t.Fatal("an altered export passes")
		}
	}
}

// same says that two exports are of the same records.
func same(a, b proof.Export) bool {
	return a.First == b.First && a.Records == b.Records && a.Checkpoint.Root == b.Checkpoint.Root
}

// crime is a database that is altered and put back.
type crime struct {
	db  *sql.DB
	st  *sqlstore.Store
	rng *rand.Rand
}

// alterations says how many ways to alter a log are tried; PLECTICA_ALTERATIONS sets it.
func alterations() int {
	if n, err := strconv.Atoi(os.Getenv("PLECTICA_ALTERATIONS")); err == nil {
		return n
	}
	return 1000
}

// TestAlterationsAreFound: AU-4. Whatever is altered in the tables of the log, it is found:
// a byte, a number, a row that is gone, moved or doubled, records that changed places, an
// end that was cut.
func TestAlterationsAreFound(t *testing.T) {
	k := newLogged(t, 0)
	for n := range 5 {
		storetest.Somebody(t, k.st, id.Account{byte(n)})
	}
	k.write(t, 700)
	witness, err := k.ledger.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := k.st.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(k.config.Data, datadir.Database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	st, err := sqlite.On(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	c := &crime{db, st, rand.New(rand.NewPCG(7, uint64(alterations())))}
	verify := func() AuditVerified {
		var out AuditVerified
		if err := verifyAudit(t.Context(), st, k.ledger.Key(), &out, Kept{File: witness.Text}); err != nil {
			out.Bad = append(out.Bad, err.Error())
		}
		return out
	}
	if got := verify(); len(got.Bad) > 0 {
		t.Fatalf("%+v", got)
	}
	found := map[string]int{}
	for i := range alterations() {
		c.exec(t, "BEGIN")
		what := c.alter(t)
		if got := verify(); len(got.Bad) == 0 {
			t.Errorf("%d: %s was not found: %+v", i, what, got)
		}
		found[strings.Fields(what)[0]]++
		c.exec(t, "ROLLBACK")
	}
	t.Logf("%v", found)
	if got := verify(); len(got.Bad) > 0 {
		t.Fatalf("it was not put back: %+v", got)
	}
}

func (c *crime) exec(t *testing.T, text string, args ...any) int64 {
	t.Helper()
	res, err := c.db.ExecContext(t.Context(), text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// logTables are the tables of the log with what their rows are known by, and their columns.
var logTables = []struct {
	name, key    string
	ints, bytes_ []string
}{
	{"audit", "first", []string{"first", "size"}, []string{"lines"}},
	{"audit_block", "n", []string{"n", "at", "bad"}, []string{"hash", "lines"}},
	{"audit_head", "one", []string{"size"}, []string{"root", "parts"}},
	{"audit_checkpoint", "size", []string{"size"}, []string{"note"}},
}

// alter does one thing that nobody may do, and says what.
func (c *crime) alter(t *testing.T) string {
	t.Helper()
	for {
		table := logTables[c.rng.IntN(len(logTables))]
		var key int64
		row := c.db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT %s FROM %s ORDER BY %[1]s LIMIT 1 OFFSET ABS(?) %% (SELECT COUNT(*) FROM %[2]s)", table.key, table.name), c.rng.Int64N(1<<40))
		if err := row.Scan(&key); err != nil {
			t.Fatal(err)
		}
		switch c.rng.IntN(10) {
		case 0, 1, 2:
			return c.flip(t, table.name, table.key, key, table.bytes_[c.rng.IntN(len(table.bytes_))])
		case 3:
			column := table.ints[c.rng.IntN(len(table.ints))]
			by := c.rng.Int64N(2000) - 1000
			if by == 0 || table.name == "audit_checkpoint" && key+by < 0 { // where no row is, none is missed
				continue
			}
			if _, err := c.db.ExecContext(t.Context(), fmt.Sprintf("UPDATE %s SET %s = %[2]s + ? WHERE %s = ?", table.name, column, table.key), by, key); err != nil {
				continue // there is another row already
			}
			return fmt.Sprintf("number %s.%s of %d by %d", table.name, column, key, by)
		case 4:
			if table.name == "audit_checkpoint" && key%store.AuditBlock != 0 {
				continue // the last one is made anew all the time: the log does not say that it was there
			}
			c.exec(t, fmt.Sprintf("DELETE FROM %s WHERE %s = ?", table.name, table.key), key)
			return fmt.Sprintf("deleted %s %d", table.name, key)
		case 5:
			if s := c.swap(t); s != "" {
				return s
			}
		case 6:
			if s := c.cut(t); s != "" {
				return s
			}
		case 7:
			c.exec(t, `UPDATE audit_block SET lines = x'' WHERE n = ?`, c.rng.IntN(2))
			return "emptied a block"
		case 8:
			return c.hide(t)
		case 9:
			if n := c.exec(t, "UPDATE audit_key SET key = CAST(? AS BLOB) WHERE subject = (SELECT subject FROM audit_key ORDER BY subject LIMIT 1 OFFSET ?)", c.bytes(32), c.rng.IntN(3)); n > 0 {
				return "exchanged a subject's key"
			}
		}
	}
}

// hide takes away by what a block is found, or makes it be found by something else.
func (c *crime) hide(t *testing.T) string {
	t.Helper()
	const one = " WHERE (key, n) IN (SELECT key, n FROM audit_seen ORDER BY n, key LIMIT 1 OFFSET ABS(?) % (SELECT COUNT(*) FROM audit_seen))"
	at := c.rng.Int64N(1 << 40)
	switch c.rng.IntN(3) {
	case 0:
		c.exec(t, "DELETE FROM audit_seen"+one, at)
	case 1:
		c.exec(t, "UPDATE audit_seen SET key = key + 1"+one, at)
	default:
		c.exec(t, "INSERT INTO audit_seen (key, n) VALUES (?, ?)", at, c.rng.IntN(2))
	}
	return "hidden records"
}

func (c *crime) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(c.rng.Int())
	}
	return b
}

func (c *crime) flip(t *testing.T, table, key string, of int64, column string) string {
	t.Helper()
	var b []byte
	if err := c.db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT CAST(%s AS BLOB) FROM %s WHERE %s = ?", column, table, key), of).Scan(&b); err != nil {
		t.Fatal(err)
	}
	at, bit := c.rng.IntN(len(b)), c.rng.IntN(8)
	b[at] ^= 1 << bit
	c.exec(t, fmt.Sprintf("UPDATE %s SET %s = CAST(? AS %s) WHERE %s = ?", table, column, map[bool]string{true: "TEXT", false: "BLOB"}[column == "note"], key), b, of)
	return fmt.Sprintf("flipped %s.%s of %d at %d, bit %d", table, column, of, at, bit)
}

// swap lets two records change their places.
func (c *crime) swap(t *testing.T) string {
	t.Helper()
	var b []byte
	n := c.rng.IntN(2)
	if err := c.db.QueryRowContext(t.Context(), "SELECT lines FROM audit_block WHERE n = ?", n).Scan(&b); err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(b, []byte("\n"))
	i, j := c.rng.IntN(store.AuditBlock), c.rng.IntN(store.AuditBlock)
	if bytes.Equal(lines[i], lines[j]) {
		return ""
	}
	lines[i], lines[j] = lines[j], lines[i]
	c.exec(t, "UPDATE audit_block SET lines = ? WHERE n = ?", bytes.Join(lines, nil), n)
	return fmt.Sprintf("swapped %d and %d of block %d", i, j, n)
}

// cut ends the log earlier, and says so everywhere as well as somebody can who has not the
// log's key.
func (c *crime) cut(t *testing.T) string {
	t.Helper()
	end := 512 + c.rng.Int64N(180)
	head := &proof.Tree{}
	for from := uint64(0); from < uint64(end); {
		got, err := c.st.AuditLines(t.Context(), from, int(uint64(end)-from))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range got.Lines {
			if from < uint64(end) {
				head.Add(line)
				from++
			}
		}
	}
	root := head.Root()
	c.exec(t, "DELETE FROM audit WHERE first >= ?", end)
	var first int64
	var lines []byte
	if err := c.db.QueryRowContext(t.Context(), "SELECT first, lines FROM audit ORDER BY first DESC LIMIT 1").Scan(&first, &lines); err == nil {
		parts := bytes.SplitAfter(lines, []byte("\n"))
		c.exec(t, "UPDATE audit SET size = ?, lines = ? WHERE first = ?", end-first, bytes.Join(parts[:end-first], nil), first)
	}
	c.exec(t, "UPDATE audit_head SET size = ?, root = ?", end, root[:])
	c.exec(t, "DELETE FROM audit_checkpoint WHERE size > ?", end)
	return fmt.Sprintf("cut at %d", end)
}
