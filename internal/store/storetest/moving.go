package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// MovedStore is what the suite of taking everything elsewhere needs.
type MovedStore interface {
	PastStore
	store.Factors
	store.Orgs
	store.Passes
	store.Files
	store.Outbox
	store.Viewer
	store.Audit
	store.Alerts
}

// Moving checks that all that a View yields can be put into an empty store, in any order
// and in parts. open returns an empty store; fill makes one of a schema to be filled, and
// then opens it.
func Moving(t *testing.T, open func(t *testing.T) MovedStore, fill func(t *testing.T, schema int) (f store.Filler, then func() MovedStore)) {
	t.Run("there is what there was", func(t *testing.T) { moved(t, open(t), fill) })
	t.Run("what refers to nothing is found", func(t *testing.T) { dangling(t, open(t), fill) })
	t.Run("what is no table is refused", func(t *testing.T) { foreign(t, open(t), fill) })
	t.Run("one moment is seen", func(t *testing.T) { moment(t, open(t)) })
	t.Run("rows come in one order", func(t *testing.T) { ordered(t, open(t)) })
}

// inhabit puts rows into tables of every kind.
func inhabit(t *testing.T, s MovedStore) {
	t.Helper()
	a, b := addAccount(t, s, 1), addAccount(t, s, 2)
	must(t, s.CreateSession(t.Context(), store.Session{Hash: store.Hash{1}, ID: store.SessionID{1}, Account: a.ID, Agent: "Ä'\"\n", Place: "::1"}))
	must(t, s.AddPasskey(t.Context(), store.Passkey{ID: store.PasskeyID{1}, Account: b.ID, Data: []byte{0, 255}, Name: "key"}, 5))
	must(t, s.SetTOTP(t.Context(), store.TOTP{Account: b.ID, Secret: []byte{0}, Confirmed: 1 << 50}))
	must(t, s.SetRecovery(t.Context(), b.ID, []store.Hash{{1}, {2}}))
	o := addOrg(t, s, 1, a.ID)
	f := addFolder(t, s, 1, o.ID, store.OfOrg(o.ID))
	for n := range byte(3) {
		m := store.Map{ID: mapN(n + 1), Title: fmt.Sprintf("Map %d ☃", n), Created: 5, Updated: 6}
		if n == 2 {
			m.Home = store.OfFolder(f.ID)
		}
		must(t, s.CreateMap(t.Context(), m, a.ID))
		grow(t, s, m.ID, 10*int(n+1))
	}
	must(t, s.AddFile(t.Context(), store.File{Map: mapN(1), Hash: blob.Hash{7}, Kind: "image/png", W: 3, H: 4, Size: 5, By: a.ID, At: 6}, store.FileUse{Files: 9, Bytes: 99}))
	must(t, s.CreatePass(t.Context(), store.Pass{ID: store.PassID{1}, Hash: store.Hash{9}, Map: mapN(1), Role: 1, By: a.ID}, 9))
	must(t, s.CreateVisit(t.Context(), store.Visit{Hash: store.Hash{8}, ID: store.VisitID{1}, Pass: store.PassID{1}}))
	must(t, s.SetVersion(t.Context(), mapN(2), store.Version{Seq: 4, Name: "named", By: b.ID, Made: 3}))
	must(t, s.AddRecord(t.Context(), store.Record{Kind: "drill", ID: [16]byte{1}, At: 1, OK: true, Data: []byte(`{"a":1}`)}))
	noteAlone(t, s, store.Note{Lines: linesFrom(0, store.AuditBlock+3), Keys: []store.SubjectKey{{Subject: "a:1", Alias: "x1", Key: [32]byte{1}, Made: 2}}})
	must(t, s.FoldAudit(t.Context(), block(0), []uint64{1<<63 + 1}))
	must(t, s.AddCheckpoint(t.Context(), store.Checkpoint{Size: 3, At: 4, Text: []byte("three\n")}))
	must(t, s.Remember(t.Context(), "watch", []byte{0, 255}))
	if _, err := s.RaiseAlert(t.Context(), store.Alert{ID: 1<<63 + 1, At: 5, Kind: "stuffing", Data: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	must(t, s.SetMute(t.Context(), store.Mute{Kind: "stuffing", Until: 9}, 1))
	if _, err := s.Trim(t.Context(), mapN(3), store.Base{Seq: 7, At: 1, Data: []byte("seven")}, 100); err != nil {
		t.Fatal(err)
	}
}

// part is rows of a table, or of a map's log.
type part struct {
	of   store.Table
	rows [][]any
	m    id.Map
	log  []store.Row
}

// taken returns all that a View yields.
func taken(t *testing.T, s store.Viewer) (schema int, out []part, heads []store.RoomRecord) {
	t.Helper()
	err := s.View(t.Context(), func(v store.View) (err error) {
		if schema, err = v.Schema(t.Context()); err != nil {
			return err
		}
		list, err := v.Tables(t.Context())
		if err != nil {
			return err
		}
		for _, x := range list {
			p := part{of: x}
			err := v.Rows(t.Context(), x, func(values []any) error {
				row := slices.Clone(values)
				for i, x := range row {
					switch x := x.(type) {
					case []byte:
						row[i] = slices.Clone(x)
					case int64, string:
					default:
						return fmt.Errorf("a value of type %T", x)
					}
				}
				p.rows = append(p.rows, row)
				return nil
			})
			if err != nil {
				return err
			}
			out = append(out, p)
		}
		return v.Heads(t.Context(), func(r store.RoomRecord) error {
			heads = append(heads, r)
			p := part{m: r.Map}
			err := v.Log(t.Context(), r.Map, func(row store.Row) error {
				row.Data = slices.Clone(row.Data)
				p.log = append(p.log, row)
				return nil
			})
			out = append(out, p)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	// The order in which a table's rows come is its engine's own.
	for _, p := range out {
		slices.SortFunc(p.rows, func(a, b []any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	return schema, out, heads
}

// put puts parts in, the last first: what refers to others comes before them.
func put(t *testing.T, f store.Filler, parts []part) {
	t.Helper()
	for i, p := range slices.Backward(parts) {
		mark := fmt.Sprint("part ", i)
		if in, err := f.Filled(t.Context(), mark); err != nil || in {
			t.Fatalf("before: %v, %v", in, err)
		}
		if p.of.Name == "" {
			must(t, f.FillLog(t.Context(), mark, p.m, p.log))
		} else {
			must(t, f.Fill(t.Context(), mark, p.of, p.rows))
		}
		if in, err := f.Filled(t.Context(), mark); err != nil || !in {
			t.Fatalf("after: %v, %v", in, err)
		}
	}
}

func moved(t *testing.T, s MovedStore, fill func(t *testing.T, schema int) (store.Filler, func() MovedStore)) {
	inhabit(t, s)
	schema, parts, heads := taken(t, s)
	f, then := fill(t, schema)
	put(t, f, parts)
	must(t, f.Finish(t.Context()))
	must(t, f.Close())
	to := then()
	gotSchema, got, gotHeads := taken(t, to)
	if diff := cmp.Diff(parts, got, cmp.AllowUnexported(part{})); diff != "" || gotSchema != schema {
		t.Errorf("schema %d, was %d\n%s", gotSchema, schema, diff)
	}
	if diff := cmp.Diff(heads, gotHeads); diff != "" {
		t.Errorf("heads\n%s", diff)
	}
	if err := to.CreateSession(t.Context(), store.Session{Hash: store.Hash{99}, ID: store.SessionID{99}, Account: id.Account{99}}); err == nil {
		t.Error("what was moved takes a sign-in of nobody")
	}
	grow(t, to, mapN(1), 3)
}

func dangling(t *testing.T, s MovedStore, fill func(t *testing.T, schema int) (store.Filler, func() MovedStore)) {
	inhabit(t, s)
	schema, parts, _ := taken(t, s)
	f, _ := fill(t, schema)
	for i, p := range parts {
		if p.of.Name == "account" {
			parts[i].rows = p.rows[:1]
		}
	}
	put(t, f, parts)
	wantKind(t, f.Finish(t.Context()), fault.Internal)
	must(t, f.Close())
}

func foreign(t *testing.T, s MovedStore, fill func(t *testing.T, schema int) (store.Filler, func() MovedStore)) {
	schema, _, _ := taken(t, s)
	f, _ := fill(t, schema)
	for _, x := range []store.Table{{Name: "nowhere", Columns: []string{"a"}}, {Name: "account", Columns: []string{"nothing"}}, {Name: "op", Columns: []string{"seq"}},
		{Name: "schema", Columns: []string{"version"}}} {
		wantKind(t, f.Fill(t.Context(), "x", x, [][]any{{int64(1)}}), fault.Invalid)
	}
	wantKind(t, f.Fill(t.Context(), "x", store.Table{Name: "setting", Columns: []string{"name", "value"}}, [][]any{{"a"}}), fault.Invalid)
	must(t, f.Close())
}

// moment writes while somebody looks, who must not see it.
func moment(t *testing.T, s MovedStore) {
	inhabit(t, s)
	err := s.View(t.Context(), func(v store.View) error {
		var before, after int
		count := func(n *int) error {
			*n = 0
			return v.Heads(t.Context(), func(r store.RoomRecord) error { *n += int(r.Room.Head); return nil })
		}
		must(t, count(&before))
		grow(t, s, mapN(1), 5)
		must(t, count(&after))
		if before != after || before == 0 {
			t.Errorf("%d changes, then %d", before, after)
		}
		return nil
	})
	must(t, err)
}

// ordered changes rows and looks whether they come in the order in which they came before.
func ordered(t *testing.T, s MovedStore) {
	for n := range byte(6) {
		addAccount(t, s, n+1)
	}
	order := func() (ids []string) {
		must(t, s.View(t.Context(), func(v store.View) error {
			list, err := v.Tables(t.Context())
			must(t, err)
			i := slices.IndexFunc(list, func(x store.Table) bool { return x.Name == "account" })
			return v.Rows(t.Context(), list[i], func(values []any) error {
				ids = append(ids, fmt.Sprintf("%x", values[0]))
				return nil
			})
		}))
		return ids
	}
	before := order()
	must(t, s.SetName(t.Context(), accountN(2).ID, "another"))
	if diff := cmp.Diff(before, order()); diff != "" || len(before) != 6 {
		t.Error(diff)
	}
}

// RaisedStore is what the suite of raising epochs needs.
type RaisedStore interface {
	store.Log
	store.Checker
}

// Raising checks that raising sets the epochs of all maps to one that is a multiple of a
// step and beyond all there were. open opens the store, before and after.
func Raising(t *testing.T, open func() RaisedStore, raise func(step, by uint64) error) {
	s := open()
	for n := range byte(4) {
		for range n + 1 {
			acquire(t, s, mapN(n))
		}
	}
	const step = 1000
	for _, c := range []struct{ by, want uint64 }{{1, step}, {1, 2 * step}, {5, 7 * step}} {
		must(t, raise(step, c.by))
		list, err := open().Rooms(t.Context(), id.Map{}, 100)
		if err != nil || len(list) != 4 {
			t.Fatalf("%d maps, %v", len(list), err)
		}
		for _, r := range list {
			if r.Room.Epoch != c.want {
				t.Errorf("raised by %d: map %v has epoch %d, want %d", c.by, r.Map, r.Room.Epoch, c.want)
			}
		}
	}
	if r := acquire(t, open(), mapN(0)); r.Epoch != 7*step+1 {
		t.Errorf("acquired after it: %d", r.Epoch)
	}
}
