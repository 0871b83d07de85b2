package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/keyfile"
	"plectica/internal/merkle"
	"plectica/internal/proof"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

// bench is a log that is kept.
type bench struct {
	*Ledger
	log *audit.Log
	st  *sqlstore.Store
	now time.Time
	all []audit.Event

	file string // the database
}

func newBench(t testing.TB, keep time.Duration) *bench {
	t.Helper()
	file := filepath.Join(t.TempDir(), "db")
	st, err := sqlite.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	b := &bench{st: st, file: file, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return b.now }
	b.log = audit.New(audit.Config{Store: st, Now: clock, Append: func(ctx context.Context, v store.Batch) error {
		return errors.Join(st.Append(ctx, []store.Batch{v})...)
	}})
	key := make([]byte, keyfile.Bytes)
	key[0] = 7
	b.Ledger = New(Config{Store: st, Log: b.log, Keys: keyfile.New(1, map[int][]byte{1: key}), Keep: keep, Now: clock})
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write writes records of a few people and maps, a second apart.
func (b *bench) write(t testing.TB, n int) {
	t.Helper()
	var events []*audit.Event
	for range n {
		i := len(b.all)
		b.now = b.now.Add(time.Second)
		e := audit.Event{
			At: b.now.UnixMilli(), Act: audit.MapPush, By: audit.Who{Kind: audit.Person, ID: id.Account{byte(i%7 + 1)}},
			On: audit.Of("map", id.Map{byte(i % 5)}), Org: store.OrgID{byte(i % 3)}, Result: audit.OK,
			From: audit.From{Addr: netip.MustParseAddr("192.0.2.1")},
		}
		if i%11 == 0 {
			e.Act, e.Result, e.Code = "map.export", audit.Refused, "permission"
		}
		b.all = append(b.all, e)
		events = append(events, &b.all[i])
	}
	for len(events) > 0 {
		k := min(len(events), 97)
		must(t, b.log.Write(t.Context(), events[:k]...))
		events = events[k:]
	}
}

func (b *bench) key(t testing.TB) proof.Key {
	t.Helper()
	k, err := proof.ParseKey(b.Key())
	must(t, err)
	return k
}

func hashesOf(list []merkle.Hash) []proof.Hash {
	out := make([]proof.Hash, len(list))
	for i, h := range list {
		out[i] = proof.Hash(h)
	}
	return out
}

// TestProofs: AU-5. Whatever the log proves, somebody who shares nothing with it believes.
func TestProofs(t *testing.T) {
	b := newBench(t, 0)
	b.write(t, 1300)
	must(t, b.Tend(t.Context()))
	b.write(t, 300) // not folded
	var roots []proof.Hash
	lines, err := b.st.AuditLines(t.Context(), 0, 2000)
	must(t, err)
	end := uint64(len(lines.Lines))
	var tree proof.Tree
	roots = append(roots, tree.Root())
	for _, line := range lines.Lines {
		tree.Add(line)
		roots = append(roots, tree.Root())
	}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Uint64Range(1, end).Draw(t, "size")
		seq := rapid.Uint64Range(0, size-1).Draw(t, "seq")
		line, path, err := b.Inclusion(context.Background(), seq, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.Included(proof.RecordHash(line), seq, size, roots[size], hashesOf(path)); err != nil {
			t.Errorf("%d of %d: %v", seq, size, err)
		}
		from := rapid.Uint64Range(0, size).Draw(t, "from")
		path, err = b.Consistency(context.Background(), from, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.Consistent(from, roots[from], size, roots[size], hashesOf(path)); err != nil {
			t.Errorf("%d before %d: %v", from, size, err)
		}
	})
	for _, c := range []struct{ seq, size uint64 }{{end, end}, {0, end + 1}, {5, 5}, {1 << 60, 1 << 61}} {
		if _, _, err := b.Inclusion(t.Context(), c.seq, c.size); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if _, err := b.Consistency(t.Context(), 9, 5); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	c, err := b.Checkpoint(t.Context())
	must(t, err)
	got, err := proof.Open(c.Text, b.key(t))
	if err != nil || got.Size != end || got.Root != roots[end] || got.Origin != b.Origin() {
		t.Errorf("%v, %v", got, err)
	}
}

// TestGroups: AU-5. Proofs hold beyond what is kept of the tree in memory.
func TestGroups(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 140,000 records")
	}
	b := newBench(t, 0)
	var tree proof.Tree
	const n = 2<<groupLevel + 700
	for first := 0; first < n; first += 10_000 {
		var note store.Note
		for i := first; i < min(n, first+10_000); i++ {
			line := fmt.Appendf(nil, `{"act":"map.push","at":%d,"by":"server:x","cls":1,"do":1,"res":"ok","v":1}`, i)
			note.Lines = append(note.Lines, line)
			tree.Add(line)
		}
		must(t, b.log.Append(t.Context(), store.Batch{Note: note}))
	}
	for range n/store.AuditBlock/foldPage + 1 {
		must(t, b.Tend(t.Context()))
	}
	for _, seq := range []uint64{0, 65535, 65536, 131071, 131072, n - 1} {
		line, path, err := b.Inclusion(t.Context(), seq, n)
		must(t, err)
		if err := proof.Included(proof.RecordHash(line), seq, n, tree.Root(), hashesOf(path)); err != nil {
			t.Errorf("%d: %v", seq, err)
		}
	}
	if len(b.groups) != 2 {
		t.Errorf("%d groups", len(b.groups))
	}
}

// TestCheckpoints: AU-5. The last checkpoint is of the last seconds, a few are kept for
// ever, and those can be compared when the records are gone.
func TestCheckpoints(t *testing.T) {
	b := newBench(t, 0)
	for range 40 {
		b.write(t, 33)
		must(t, b.Tend(t.Context()))
	}
	list, err := b.st.Checkpoints(t.Context(), 0, 1000)
	must(t, err)
	last := list[len(list)-1]
	if last.Size < 40*33 {
		t.Errorf("the last is of %d", last.Size)
	}
	// 22 minutes: one each five, and the last.
	if len(list) < 4 || len(list) > 7 {
		t.Errorf("%d are kept", len(list))
	}
	for _, c := range list[:len(list)-1] {
		if c.Size%store.AuditBlock != 0 {
			t.Errorf("one is kept of %d records", c.Size)
		}
	}
	// A clock that is set back does not end it.
	b.now = b.now.Add(-24 * time.Hour)
	b.write(t, 1)
	must(t, b.Tend(t.Context()))
	if c, err := b.st.LastCheckpoint(t.Context()); err != nil || c.Size <= last.Size {
		t.Errorf("%v, %v", c, err)
	}
	// And it goes on after a restart.
	again := New(b.c)
	b.write(t, 300)
	must(t, again.Tend(t.Context()))
	if c, err := b.st.LastCheckpoint(t.Context()); err != nil || c.Size <= last.Size+300 {
		t.Errorf("%v, %v", c, err)
	}
}

// TestKept: AU-6. Records go when they are older than they are kept, which the log says
// before; what is proven of the others still is.
func TestKept(t *testing.T) {
	b := newBench(t, time.Hour)
	b.write(t, 3*store.AuditBlock)
	must(t, b.Tend(t.Context()))
	before, err := b.Checkpoint(t.Context())
	must(t, err)
	b.now = b.now.Add(time.Hour - time.Duration(store.AuditBlock)*time.Second)
	b.write(t, 10)
	b.trim = time.Time{}
	must(t, b.Tend(t.Context()))
	if _, err := b.st.AuditLines(t.Context(), 0, 1); !fault.Is(err, fault.Gone) {
		t.Errorf("%v", err)
	}
	if got, err := b.st.AuditLines(t.Context(), 2*store.AuditBlock, 1); err != nil || len(got.Lines) == 0 {
		t.Errorf("what is not so old: %v", err)
	}
	if _, _, err := b.Inclusion(t.Context(), 5, before.Size); !fault.Is(err, fault.Gone) {
		t.Error(err)
	}
	found, err := b.Search(t.Context(), Query{Acts: []string{"audit.trim"}})
	must(t, err)
	if len(found.Events) != 1 || found.Events[0].N("upto")%store.AuditBlock != 0 || found.Events[0].N("upto") == 0 {
		t.Errorf("%+v", found.Events)
	}
	line, path, err := b.Inclusion(t.Context(), before.Size-1, before.Size)
	must(t, err)
	was, err := proof.Open(before.Text, b.key(t))
	must(t, err)
	if err := proof.Included(proof.RecordHash(line), was.Size-1, was.Size, was.Root, hashesOf(path)); err != nil {
		t.Error(err)
	}
	head, err := b.st.AuditHead(t.Context())
	must(t, err)
	path, err = b.Consistency(t.Context(), was.Size, head.Size)
	must(t, err)
	if err := proof.Consistent(was.Size, was.Root, head.Size, proof.Hash(head.Root), hashesOf(path)); err != nil {
		t.Error(err)
	}
	found, err = b.Search(t.Context(), Query{})
	must(t, err)
	if !found.Gone && found.Next == 0 {
		t.Errorf("nothing says that there was more")
	}
}

// TestSearch: AU-7. A search finds what a plain walk through all records finds, in parts of
// any size.
func TestSearch(t *testing.T) {
	b := newBench(t, 0)
	b.write(t, 5*store.AuditBlock+50)
	must(t, b.Tend(t.Context()))
	b.write(t, 20)
	lines, err := b.st.AuditLines(t.Context(), 0, 10_000)
	must(t, err)
	var all []audit.Event
	for i, line := range lines.Lines {
		e, err := b.log.Open(t.Context(), uint64(i), line)
		must(t, err)
		all = append(all, e)
	}
	rapid.Check(t, func(t *rapid.T) {
		asked := func(act audit.Act, of []string) bool {
			return len(of) == 0 || slices.Contains(of, string(act)) || slices.Contains(of, "map.") && strings.HasPrefix(string(act), "map.")
		}
		maybe := func(name string, n int) int { return rapid.IntRange(-n, n-1).Draw(t, name) }
		q := Query{Limit: rapid.IntRange(1, 100).Draw(t, "limit")}
		var by, on, org int
		if by = maybe("by", 9); by >= 0 {
			q.By = id.Account{byte(by + 1)}.String()
		}
		if on = maybe("on", 6); on >= 0 {
			q.On = "map:" + id.Map{byte(on)}.String()
		}
		if org = maybe("org", 4); org > 0 {
			q.Org = store.OrgID{byte(org)}
		}
		q.Acts = rapid.SliceOfN(rapid.SampledFrom([]string{"map.", "map.push", "map.export", "map", "signin"}), 0, 2).Draw(t, "acts")
		q.Bad = rapid.Bool().Draw(t, "bad")
		q.Result = rapid.SampledFrom([]audit.Result{"", audit.OK, audit.Refused}).Draw(t, "result")
		if since := maybe("since", len(all)); since >= 0 {
			q.Since = all[since].At
		}
		if until := maybe("until", len(all)); until >= 0 {
			q.Until = all[until].At
		}
		var want, got []uint64
		for i := len(all) - 1; i >= 0; i-- {
			e := all[i]
			if by >= 0 && e.By.ID != (id.Account{byte(by + 1)}) || on >= 0 && e.On != audit.Of("map", id.Map{byte(on)}) || org > 0 && e.Org != (store.OrgID{byte(org)}) || q.Since > 0 && e.At < q.Since || q.Until > 0 && e.At > q.Until ||
				q.Result != "" && e.Result != q.Result || q.Bad && e.Result == audit.OK || !asked(e.Act, q.Acts) {
				continue
			}
			want = append(want, uint64(i))
		}
		for range 10_000 {
			f, err := b.Search(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range f.Events {
				got = append(got, e.Seq)
			}
			if f.Next == 0 {
				break
			}
			q.Before = f.Next
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v: %s", q, diff)
		}
	})
}

func BenchmarkFold(b *testing.B) {
	l := newBench(b, 0)
	l.write(b, store.AuditBlock)
	got, err := l.st.AuditLines(b.Context(), 0, store.AuditBlock)
	must(b, err)
	for b.Loop() {
		if _, _, err := blockOf(0, got.Lines); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTimeline: AU-7. A timeline has about as many records as there are, where they are.
func TestTimeline(t *testing.T) {
	b := newBench(t, 0)
	began := b.now.UnixMilli()
	b.write(t, 1000)
	must(t, b.Tend(t.Context()))
	b.now = b.now.Add(time.Hour)
	b.write(t, 100)
	list, err := b.Timeline(t.Context(), began, b.now.UnixMilli()+1, 46)
	must(t, err)
	sum, bad := 0, 0
	for _, v := range list {
		sum, bad = sum+v.Records, bad+v.Bad
	}
	if sum < 1050 || sum > 1150 || bad < 80 || bad > 120 || list[0].Records < 90 || list[20].Records > 30 || list[45].Records < 20 {
		t.Errorf("%d, %d bad: %v", sum, bad, list)
	}
	for _, c := range [][3]int64{{0, 10, 0}, {0, 10, 11}, {10, 0, 3}, {0, 1 << 40, MaxBuckets + 1}} {
		if _, err := b.Timeline(t.Context(), c[0], c[1], int(c[2])); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// TestTimelineOf: the records of an organisation are counted, and no others.
func TestTimelineOf(t *testing.T) {
	b := newBench(t, 0)
	began := b.now.UnixMilli()
	org := store.OrgID{7, 7}
	want, bad := 0, 0
	for n := range 1500 {
		b.now = b.now.Add(time.Second)
		e := &audit.Event{Act: "map.open", By: audit.Who{Kind: audit.Server}, Result: audit.OK}
		if n%3 == 0 && n/300 != 2 { // a while there is nothing of it
			e.Org = org
			want++
			if n%5 == 0 {
				e.Result = audit.Refused
				bad++
			}
		}
		must(t, b.log.Write(t.Context(), e))
		if n%100 == 0 {
			must(t, b.Tend(t.Context()))
		}
	}
	sum := func(since, until int64, parts int) (records, failed int) {
		list, from, err := b.TimelineOf(t.Context(), org, since, until, parts)
		if err != nil || from != 0 || len(list) != parts {
			t.Fatalf("%v, from %d", err, from)
		}
		for _, v := range list {
			records, failed = records+v.Records, failed+v.Bad
		}
		return records, failed
	}
	now := b.now.UnixMilli() + 1
	if r, f := sum(began, now, 46); r != want || f != bad {
		t.Errorf("%d and %d of %d and %d", r, f, want, bad)
	}
	if r, _ := sum(now-300_000, now, 5); r != 100 {
		t.Errorf("%d of the last five minutes", r)
	}
	if r, _ := sum(began+600_000, began+899_000, 5); r > 1 {
		t.Errorf("%d when there was nothing", r)
	}
	if list, _, err := b.TimelineOf(t.Context(), store.OrgID{9}, began, now, 3); err != nil || list[0].Records+list[1].Records+list[2].Records != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if _, _, err := b.TimelineOf(t.Context(), org, 10, 0, 3); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// TestDamagedRecordIsPassed: AU-7. A record that cannot be read holds up nobody who goes
// through the log; it is said that it is there.
func TestDamagedRecordIsPassed(t *testing.T) {
	b := newBench(t, 0)
	b.write(t, 2)
	must(t, b.log.Append(t.Context(), store.Batch{Note: store.Note{Lines: [][]byte{[]byte("no record")}}}))
	b.write(t, 1)
	got, err := b.Read(t.Context(), 0, 10)
	must(t, err)
	if len(got) != 4 || got[2].Act != audit.AuditDamaged || got[2].Seq != 2 || got[3].Seq != 3 {
		t.Errorf("%+v", got)
	}
}
