package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/merkle"
	"plectica/internal/store"
)

// AuditStore is what the suite of the audit log needs: writes that it goes with, too.
type AuditStore interface {
	store.Audit
	store.Log
	store.Accounts
	store.Invitations
}

// Audit checks the audit log. open returns an empty store.
func Audit(t *testing.T, open func(t *testing.T) AuditStore) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s AuditStore)
	}{
		{"the head is the tree of what was noted", auditGrows},
		{"notes go with their batches", auditWithBatches},
		{"notes go with the first write of a context", auditPending},
		{"records are folded to blocks", auditFolds},
		{"blocks are found", auditFinds},
		{"records go, hashes stay", auditTrims},
		{"checkpoints", auditCheckpoints},
		{"subjects", auditSubjects},
		{"memory", auditMemory},
		{"what is no record is refused", auditRefuses},
		{"writers side by side", auditTogether},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func line(n int) []byte { return fmt.Appendf(nil, `{"n":%d}`, n) }

func linesFrom(first, n int) (out [][]byte) {
	for i := range n {
		out = append(out, line(first+i))
	}
	return out
}

func noteAlone(t *testing.T, s store.Log, n store.Note) {
	t.Helper()
	must(t, errors.Join(s.Append(t.Context(), []store.Batch{{Note: n}})...))
}

// holds checks that the log is these records, and that its head is theirs.
func holds(t *testing.T, s store.Audit, want [][]byte) {
	t.Helper()
	head, err := s.AuditHead(t.Context())
	must(t, err)
	var edge merkle.Edge
	for _, l := range want {
		edge.Add(merkle.Leaf(l))
	}
	if end, err := s.AuditEnd(t.Context()); err != nil || end != head.Size {
		t.Errorf("records up to %d of %d, %v", end, head.Size, err)
	}
	if head.Size != uint64(len(want)) || merkle.Hash(head.Root) != edge.Root() {
		t.Errorf("the head has %d records, want %d; root %x, want %x", head.Size, len(want), head.Root, edge.Root())
	}
	for _, from := range []int{0, min(1, len(want)), len(want) / 2, max(0, len(want)-1)} {
		got, err := s.AuditLines(t.Context(), uint64(from), len(want))
		must(t, err)
		if diff := cmp.Diff(want[from:], got.Lines); len(want) > from && diff != "" || got.First != uint64(from) {
			t.Errorf("from %d: %s", from, diff)
		}
	}
}

func auditGrows(t *testing.T, s AuditStore) {
	holds(t, s, nil)
	var all [][]byte
	for _, n := range []int{1, 2, 253, 1, 600, 7} {
		more := linesFrom(len(all), n)
		noteAlone(t, s, store.Note{Lines: more})
		all = append(all, more...)
		holds(t, s, all)
	}
	got, err := s.AuditLines(t.Context(), uint64(len(all)), 10)
	must(t, err)
	if len(got.Lines) != 0 {
		t.Errorf("there is something after the end: %q", got.Lines)
	}
}

func auditWithBatches(t *testing.T, s AuditStore) {
	m := mapN(1)
	r := acquire(t, s, m)
	good := batch(m, r.Epoch, 0, row(1, 1, client(1)))
	good.Note.Lines = linesFrom(0, 1)
	stale := batch(mapN(2), 99, 0, row(1, 1, client(1)))
	stale.Note.Lines = linesFrom(100, 1)
	again := batch(m, r.Epoch, 1, row(2, 1, client(1)))
	again.Note.Lines = linesFrom(200, 1)
	alone := store.Batch{Note: store.Note{Lines: linesFrom(1, 1)}}
	errs := s.Append(t.Context(), []store.Batch{good, stale, again, alone})
	if errs[0] != nil || !fault.Is(errs[1], fault.Lost) || !fault.Is(errs[2], fault.Conflict) || errs[3] != nil {
		t.Fatalf("%v", errs)
	}
	holds(t, s, linesFrom(0, 2))
}

// pendingNote is a store.Pending with one note.
type pendingNote struct {
	n     store.Note
	taken int
	done  []bool
	err   error
}

// Take implements store.Pending.
func (p *pendingNote) Take() (store.Note, func(bool), error) {
	p.taken++
	n := p.n
	if slices.Contains(p.done, true) {
		n = store.Note{}
	}
	return n, func(ok bool) { p.done = append(p.done, ok) }, p.err
}

func auditPending(t *testing.T, s AuditStore) {
	p := &pendingNote{n: store.Note{Lines: linesFrom(0, 1)}}
	ctx := store.WithPending(t.Context(), p)
	if _, err := s.Setting(ctx, "a"); err != nil || p.taken != 0 {
		t.Fatalf("%v, %d", err, p.taken)
	}
	// What fails is not noted, so that something else can be.
	if err := s.SetName(ctx, id.Account{9}, "nobody"); !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	holds(t, s, nil)
	must(t, s.SetSetting(ctx, "a", "1"))
	must(t, s.SetSetting(ctx, "a", "2"))
	if diff := cmp.Diff([]bool{false, true, true}, p.done); diff != "" {
		t.Error(diff)
	}
	holds(t, s, linesFrom(0, 1))
	must(t, s.SetSetting(store.WithPending(ctx, nil), "a", "3"))
	if p.taken != 3 {
		t.Errorf("taken %d times", p.taken)
	}
	p.err = errors.New("no key")
	if err := s.SetSetting(ctx, "a", "4"); err == nil {
		t.Error("what cannot be noted is written")
	}
	if v, err := s.Setting(t.Context(), "a"); err != nil || v != "3" {
		t.Errorf("%q, %v", v, err)
	}
	// A note that is none takes the write with it.
	p = &pendingNote{n: store.Note{Lines: [][]byte{[]byte("a\nb")}}}
	if err := s.SetSetting(store.WithPending(t.Context(), p), "a", "5"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	if v, err := s.Setting(t.Context(), "a"); err != nil || v != "3" {
		t.Errorf("%q, %v", v, err)
	}
}

// block is the block of a number of the lines that the tests write.
func block(n int) store.Block {
	b := store.Block{N: uint64(n), At: int64(n) * 1000, Bad: n, Lines: linesFrom(n*store.AuditBlock, store.AuditBlock)}
	var edge merkle.Edge
	for _, l := range b.Lines {
		edge.Add(merkle.Leaf(l))
	}
	b.Hash = store.Hash(edge.Root())
	return b
}

func auditFolds(t *testing.T, s AuditStore) {
	all := linesFrom(0, 3*store.AuditBlock+5)
	noteAlone(t, s, store.Note{Lines: all[:300]})
	noteAlone(t, s, store.Note{Lines: all[300:]})
	for n, want := range map[int]fault.Kind{1: fault.Conflict, 3: fault.Conflict} {
		if err := s.FoldAudit(t.Context(), block(n), nil); !fault.Is(err, want) {
			t.Errorf("block %d: %v", n, err)
		}
	}
	for n := range 3 {
		must(t, s.FoldAudit(t.Context(), block(n), []uint64{uint64(n)}))
		holds(t, s, all)
	}
	if err := s.FoldAudit(t.Context(), block(3), nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("a block of five: %v", err)
	}
	if err := s.FoldAudit(t.Context(), block(2), nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("twice: %v", err)
	}
	got, err := s.Blocks(t.Context(), 1, 10)
	must(t, err)
	whole, err := s.WholeBlocks(t.Context(), 1, 10)
	must(t, err)
	if diff := cmp.Diff([]store.Block{block(1), block(2)}, whole); diff != "" {
		t.Error(diff)
	}
	if len(got) != 2 || got[0].N != 1 || got[0].Hash != block(1).Hash || got[1].At != 2000 {
		t.Errorf("%v", got)
	}
	noteAlone(t, s, store.Note{Lines: linesFrom(len(all), 300)})
	holds(t, s, linesFrom(0, len(all)+300))
}

func auditFinds(t *testing.T, s AuditStore) {
	if _, err := s.LastBlock(t.Context()); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	noteAlone(t, s, store.Note{Lines: linesFrom(0, 4*store.AuditBlock)})
	big := uint64(1<<63 + 5) // as a signed number it is negative
	for n := range 4 {
		keys := []uint64{7, uint64(n % 2)}
		if n > 0 {
			keys = append(keys, big)
		}
		must(t, s.FoldAudit(t.Context(), block(n), keys))
	}
	for _, c := range []struct {
		keys   []uint64
		before uint64
		limit  int
		want   []uint64
	}{
		{[]uint64{7}, 99, 9, []uint64{3, 2, 1, 0}},
		{[]uint64{7}, 3, 2, []uint64{2, 1}},
		{[]uint64{1}, 99, 9, []uint64{3, 1}},
		{[]uint64{7, 0, big}, 99, 9, []uint64{2}},
		{[]uint64{8}, 99, 9, nil},
	} {
		got, err := s.BlocksWith(t.Context(), c.keys, c.before, c.limit)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%v before %d: %v %s", c.keys, c.before, err, diff)
		}
	}
	if _, err := s.BlocksWith(t.Context(), nil, 9, 9); !fault.Is(err, fault.Invalid) {
		t.Errorf("by nothing: %v", err)
	}
	b, err := s.BlockBefore(t.Context(), 2500)
	if err != nil || b.N != 2 {
		t.Errorf("%v, %v", b, err)
	}
	if _, err := s.BlockBefore(t.Context(), -1); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

func auditTrims(t *testing.T, s AuditStore) {
	noteAlone(t, s, store.Note{Lines: linesFrom(0, 4*store.AuditBlock+1)})
	for n := range 4 {
		must(t, s.FoldAudit(t.Context(), block(n), []uint64{7}))
	}
	if b, err := s.LastBlock(t.Context()); err != nil || b.N != 3 {
		t.Errorf("%v, %v", b, err)
	}
	if list, err := s.BlocksToTrim(t.Context(), 3, 2); err != nil || !slices.Equal(list, []uint64{0, 1}) {
		t.Errorf("%v, %v", list, err)
	}
	for _, want := range []int{2, 1, 0} {
		if n, err := s.TrimAudit(t.Context(), 3, 2); err != nil || n != want {
			t.Errorf("%d, %v, want %d", n, err, want)
		}
	}
	if _, err := s.AuditLines(t.Context(), 0, 5); !fault.Is(err, fault.Gone) {
		t.Errorf("what is gone: %v", err)
	}
	got, err := s.AuditLines(t.Context(), 3*store.AuditBlock, 1000)
	if err != nil || len(got.Lines) != store.AuditBlock+1 {
		t.Errorf("%d, %v", len(got.Lines), err)
	}
	if list, err := s.Blocks(t.Context(), 0, 9); err != nil || len(list) != 4 || list[0].Hash != block(0).Hash {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := s.BlocksWith(t.Context(), []uint64{7}, 99, 9); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := s.WholeBlocks(t.Context(), 2, 2); err != nil || len(list) != 2 || list[0].Lines != nil || len(list[1].Lines) != store.AuditBlock {
		t.Errorf("%v, %v", list, err)
	}
	noteAlone(t, s, store.Note{Lines: linesFrom(4*store.AuditBlock+1, 1)})
	if h, err := s.AuditHead(t.Context()); err != nil || h.Size != 4*store.AuditBlock+2 {
		t.Errorf("%v, %v", h, err)
	}
}

func auditCheckpoints(t *testing.T, s AuditStore) {
	if _, err := s.LastCheckpoint(t.Context()); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	for _, c := range []store.Checkpoint{{Size: 5, At: 50, Text: []byte("five\n")}, {Size: 9, At: 90, Text: []byte("nine\n")}, {Size: 7, At: 70, Text: []byte("seven\n")}, {Size: 9, At: 91, Text: []byte("nine again\n")}} {
		must(t, s.AddCheckpoint(t.Context(), c))
	}
	if c, err := s.LastCheckpoint(t.Context()); err != nil || c.At != 91 || string(c.Text) != "nine again\n" {
		t.Errorf("%v, %v", c, err)
	}
	must(t, s.DropCheckpoint(t.Context(), 7))
	must(t, s.DropCheckpoint(t.Context(), 7))
	got, err := s.Checkpoints(t.Context(), 5, 9)
	if err != nil || len(got) != 2 || got[0].Size != 5 || got[1].Size != 9 {
		t.Errorf("%v, %v", got, err)
	}
}

func auditSubjects(t *testing.T, s AuditStore) {
	k := store.SubjectKey{Subject: "a:1", Alias: "x1", Key: [32]byte{1, 0, 255}, Made: 5}
	noteAlone(t, s, store.Note{Lines: linesFrom(0, 1), Keys: []store.SubjectKey{k, {Subject: "day:1", Alias: "x2", Made: 1}, {Subject: "day:2", Alias: "x3", Made: 2}}})
	noteAlone(t, s, store.Note{Lines: linesFrom(1, 1), Keys: []store.SubjectKey{k}})
	other := store.SubjectKey{Subject: "a:1", Alias: "other", Made: 6}
	if err := s.Append(t.Context(), []store.Batch{{Note: store.Note{Lines: linesFrom(2, 1), Keys: []store.SubjectKey{other}}}})[0]; err == nil {
		t.Error("a record by another key than is kept was written")
	}
	if h, err := s.AuditHead(t.Context()); err != nil || h.Size != 2 {
		t.Errorf("%v, %v", h, err)
	}
	nobody := store.SubjectOf(id.Account{7, 7})
	noteAlone(t, s, store.Note{Lines: linesFrom(2, 1), Keys: []store.SubjectKey{{Subject: nobody, Alias: "nobody", Made: 6}}})
	if _, err := s.SubjectKey(t.Context(), nobody); !fault.Is(err, fault.NotFound) {
		t.Errorf("an account that is not there has a key: %v", err)
	}
	for _, read := range []func() (store.SubjectKey, error){
		func() (store.SubjectKey, error) { return s.SubjectKey(t.Context(), "a:1") },
		func() (store.SubjectKey, error) { return s.SubjectByAlias(t.Context(), "x1") },
	} {
		got, err := read()
		if diff := cmp.Diff(k, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	if n, err := s.ForgetSubjects(t.Context(), "day:", 2, 9); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := s.SubjectKey(t.Context(), "day:1"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	must(t, s.ForgetSubject(t.Context(), "a:1"))
	must(t, s.ForgetSubject(t.Context(), "a:1"))
	if _, err := s.SubjectByAlias(t.Context(), "x1"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

func auditMemory(t *testing.T, s AuditStore) {
	if _, err := s.Memory(t.Context(), "a"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	for _, v := range []string{"one", "", "\x00two"} {
		must(t, s.Remember(t.Context(), "a", []byte(v)))
		if got, err := s.Memory(t.Context(), "a"); err != nil || string(got) != v {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func auditRefuses(t *testing.T, s AuditStore) {
	for name, l := range map[string]string{"empty": "", "a line feed": "a\nb", "not ASCII": "ä", "a control": "a\x1b[2J", "long": strings.Repeat("x", store.MaxAuditLine+1)} {
		errs := s.Append(t.Context(), []store.Batch{{Note: store.Note{Lines: [][]byte{[]byte(l)}}}, {Note: store.Note{Lines: linesFrom(0, 1)}}})
		if !fault.Is(errs[0], fault.Invalid) || errs[1] != nil {
			t.Errorf("%s: %v", name, errs)
		}
	}
	holds(t, s, [][]byte{line(0), line(0), line(0), line(0), line(0)})
}

// auditTogether: whoever writes at the same time, the head is the tree of all.
func auditTogether(t *testing.T, s AuditStore) {
	const writers, each = 4, 10
	noteAlone(t, s, store.Note{Lines: [][]byte{line(-1)}})
	errs := make(chan error, 2*writers)
	for w := range writers {
		go func() {
			var err error
			for i := range each {
				err = errors.Join(err, errors.Join(s.Append(context.Background(), []store.Batch{{Note: store.Note{Lines: [][]byte{line(1000*w + i)}}}})...))
			}
			errs <- err
		}()
		go func() {
			var err error
			for i := range each {
				p := &pendingNote{n: store.Note{Lines: [][]byte{line(1_000_000 + 1000*w + i)}}}
				err = errors.Join(err, s.SetSetting(store.WithPending(context.Background(), p), "a", "b"))
			}
			errs <- err
		}()
	}
	for range 2 * writers {
		must(t, <-errs)
	}
	got, err := s.AuditLines(t.Context(), 0, 1000)
	must(t, err)
	if len(got.Lines) != 1+2*writers*each {
		t.Errorf("%d records", len(got.Lines))
	}
	holds(t, s, got.Lines)
}
