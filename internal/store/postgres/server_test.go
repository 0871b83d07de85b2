package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/postgres"
	"plectica/internal/store/postgres/postgrestest"
	"plectica/internal/store/sqlstore"
)

func TestURLs(t *testing.T) {
	for _, c := range []struct {
		url, want string // want is a part of the sentence; empty: it is taken
	}{
		{"postgres://plectica@db.example.org/plectica?sslmode=verify-full", ""},
		{"postgresql://plectica@db1.example.org,db2.example.org:5433/plectica?sslmode=verify-full&target_session_attrs=read-write", ""},
		{"postgres://plectica@db.example.org/plectica?sslmode=verify-ca", "not safe"}, // any authority's certificate for any name
		{"postgres://plectica@db.example.org/plectica?sslmode=verify-full&sslpassword=secret", "password"},
		{"postgres://plectica@127.0.0.1/plectica?sslmode=disable", ""},
		{"postgres://plectica@[::1]/plectica", ""},
		{"postgres://plectica@localhost/plectica", ""},
		{"postgres://plectica@/plectica?host=/run/postgresql", ""},
		{"postgres://plectica@db.example.org/plectica", "not safe"},
		{"postgres://plectica@db.example.org/plectica?sslmode=require", "not safe"},
		{"postgres://plectica@db.example.org/plectica?sslmode=prefer", "not safe"},
		{"postgres://plectica@db.example.org/plectica?sslmode=disable", "not safe"},
		{"postgres://plectica@127.0.0.1,10.0.0.1/plectica?sslmode=disable", "not safe"},
		{"postgres://plectica:secret@db.example.org/plectica?sslmode=verify-full", "password"},
		{"postgres://plectica:se@cret@db.example.org/plectica?sslmode=verify-full", "password"},
		{"postgres://plectica@db.example.org/plectica?sslmode=verify-full&password=secret", "password"},
		{"postgres://plectica@db.example.org/plectica?sslmode=verify-full&pass%77ord=secret", "password"},
		{"mysql://db.example.org/plectica", "postgres://"},
		{"host=db.example.org", "postgres://"},
		{"postgres://plectica@db.example.org:x/plectica", "cannot be read"},
		{"", "postgres://"},
	} {
		err := postgres.Config{URL: c.url}.Check()
		if c.want == "" && err != nil || c.want != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.url, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells the password: %v", c.url, err)
		}
	}
}

// one is a batch of one row after a head.
func one(m id.Map, r store.Room) store.Batch {
	return store.Batch{Map: m, Epoch: r.Epoch, Head: r.Head, Rows: []store.Row{{Seq: r.Head + 1, OpID: store.NewOpID(id.Client{1}, r.Head+1), Data: []byte{1}}}}
}

func acquire(t *testing.T, s *sqlstore.Store, m id.Map) store.Room {
	t.Helper()
	r, err := s.Acquire(t.Context(), m, "n")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestDoubtfulCommit: BK-9. A commit that no standby has is not acknowledged though the server
// says that it committed: it would be lost with the primary. Who cancels the wait makes it
// so.
func TestDoubtfulCommit(t *testing.T) {
	server := postgrestest.New(t)
	c := server.Schema(t)
	s := openAt(t, c)
	m := id.Map{1}
	r := acquire(t, s, m)
	server.LoseStandby(t)
	done := make(chan error, 1)
	go func() { done <- s.Append(context.WithoutCancel(t.Context()), []store.Batch{one(m, r)})[0] }()
	const waiting = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		server.Exec(t, waiting)
		select {
		case err := <-done:
			if !fault.Is(err, fault.Lost) {
				t.Fatalf("a commit on the primary alone: %v", err)
			}
		default:
			continue
		}
		break
	}
	// Nor is what was read of it trusted: acquiring waits for the standby as well.
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := s.Acquire(ctx, m, "n"); err == nil {
		t.Error("a map was acquired without the standby")
	}
	server.RegainStandby(t)
	now := acquire(t, s, m)
	if err := s.Append(t.Context(), []store.Batch{one(m, now)})[0]; err != nil {
		t.Errorf("once there is one again: %v", err)
	}
}

// TestServersThatLose: a server that acknowledges what is not on disk is refused.
func TestServersThatLose(t *testing.T) {
	for _, setting := range []string{"fsync=off", "full_page_writes=off", "synchronous_commit=off"} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			c := postgrestest.New(t, setting).Schema(t)
			name, _, _ := strings.Cut(setting, "=")
			if _, err := postgres.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestBrokenConnections: what the server ends is of unknown outcome, and what comes after
// finds new connections.
func TestBrokenConnections(t *testing.T) {
	server := postgrestest.New(t)
	s := openAt(t, server.Schema(t))
	m := id.Map{1}
	r := acquire(t, s, m)
	for range 5 {
		server.Exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = 'plectica'`)
		if err := s.Append(t.Context(), []store.Batch{one(m, r)})[0]; err != nil && !fault.Is(err, fault.Lost) {
			t.Fatal(err)
		}
		r = acquire(t, s, m)
	}
	if err := s.Append(t.Context(), []store.Batch{one(m, r)})[0]; err != nil {
		t.Error(err)
	}
}

// TestTwoServers: whoever had a map before cannot write to it, and others' writes exclude
// each other.
func TestTwoServers(t *testing.T) {
	c := postgrestest.Get(t).Schema(t)
	a, b := openAt(t, c), openAt(t, c)
	m := id.Map{1}
	old := acquire(t, a, m)
	now := acquire(t, b, m)
	if err := a.Append(t.Context(), []store.Batch{one(m, old)})[0]; !fault.Is(err, fault.Lost) {
		t.Errorf("the old owner: %v", err)
	}
	if err := b.Append(t.Context(), []store.Batch{one(m, now)})[0]; err != nil {
		t.Error(err)
	}
	// Of many that come at once, as many get in as there is room for.
	const most = 3
	var wg sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for i := range 20 {
		wg.Go(func() {
			mail := store.Mail{ID: store.MailID{byte(i + 1)}, Data: []byte("x")}
			err := []*sqlstore.Store{a, b}[i%2].AddMail(t.Context(), mail, most)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				in++
			} else if !fault.Is(err, fault.Limit) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if in != most {
		t.Errorf("%d got in, there is room for %d", in, most)
	}
}

// TestManyAppend: batches of many maps, and several of one, from many at once, while each
// map has one owner.
func TestManyAppend(t *testing.T) {
	s := open(t)
	const maps, rounds = 20, 15
	var wg sync.WaitGroup
	for n := range byte(maps) {
		m := id.Map{n + 1}
		r := acquire(t, s, m)
		wg.Go(func() {
			for range rounds {
				first := one(m, r)
				r.Head++
				second := one(m, r)
				r.Head++
				for _, err := range s.Append(t.Context(), []store.Batch{second, first}) {
					if !fault.Is(err, fault.Lost) && err != nil {
						t.Error(err)
					}
				}
				for _, b := range []store.Batch{first, second} {
					if err := s.Append(t.Context(), []store.Batch{b})[0]; err != nil && b.Head >= first.Head+1 {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	for n := range byte(maps) {
		rows, err := s.Read(t.Context(), id.Map{n + 1}, 0, 1000)
		if err != nil || len(rows) != 2*rounds {
			t.Errorf("%d rows, %v", len(rows), err)
		}
	}
}

// TestOwners: what is there already is never mixed with what is restored, and nobody opens
// what is not theirs.
func TestOwners(t *testing.T) {
	server := postgrestest.Get(t)
	conflict := func(t *testing.T, what string, err error) {
		t.Helper()
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	opens := func(c postgres.Config) error {
		s, err := postgres.Open(t.Context(), c)
		if err != nil {
			return err
		}
		return s.Close()
	}
	fills := func(c postgres.Config) error {
		f, err := postgres.Fill(t.Context(), c, postgres.Schema())
		if err != nil {
			return err
		}
		return f.Close()
	}
	must := func(t *testing.T, what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	as := func(c postgres.Config, owner string, fresh bool) postgres.Config {
		c.Owner, c.Fresh = owner, fresh
		return c
	}
	t.Run("in use", func(t *testing.T) {
		c := server.Schema(t)
		must(t, "the first time", opens(as(c, "a1", true)))
		must(t, "again", opens(as(c, "a1", false)))
		must(t, "again, before its owner had noted that", opens(as(c, "a1", true)))
		conflict(t, "another opens it", opens(as(c, "b2", false)))
		conflict(t, "another takes it", opens(as(c, "b2", true)))
		conflict(t, "its owner restores over it", fills(as(c, "a1", false)))
		conflict(t, "another restores over it", fills(as(c, "b2", true)))
		if _, err := postgres.SchemaOf(t.Context(), as(c, "b2", false)); !fault.Is(err, fault.Conflict) {
			t.Errorf("another looks: %v", err)
		}
		conflict(t, "another raises its epochs", postgres.Raise(t.Context(), as(c, "b2", false), 2, 1))
	})
	t.Run("empty", func(t *testing.T) {
		c := server.Schema(t)
		conflict(t, "for one who had rows", opens(as(c, "a1", false)))
		if n, err := postgres.SchemaOf(t.Context(), as(c, "a1", true)); n != 0 || err != nil {
			t.Errorf("schema %d, %v", n, err)
		}
	})
	t.Run("somebody else's", func(t *testing.T) {
		c := server.Schema(t)
		server.Exec(t, "CREATE TABLE "+schemaOf(c)+".theirs (x int)")
		conflict(t, "opened", opens(as(c, "a1", true)))
		conflict(t, "filled", fills(as(c, "a1", true)))
	})
	t.Run("being filled", func(t *testing.T) {
		c := server.Schema(t)
		must(t, "begun", fills(as(c, "a1", true)))
		conflict(t, "opened", opens(as(c, "a1", true)))
		conflict(t, "another restore", fills(as(c, "b2", true)))
		conflict(t, "another restore, the second time", fills(as(c, "b2", false)))
		must(t, "goes on", fills(as(c, "a1", true)))
		restoring := as(c, "a1", true)
		restoring.Restoring = true
		must(t, "opened by who restores", opens(restoring))
		must(t, "settled", postgres.Settle(t.Context(), restoring))
		conflict(t, "opened before it is released", opens(as(c, "a1", false)))
		must(t, "released", postgres.Release(t.Context(), restoring))
		must(t, "opened", opens(as(c, "a1", false)))
	})
	t.Run("schemas it has no tables for", func(t *testing.T) {
		c := server.Schema(t)
		for _, schema := range []int{0, 6, postgres.Schema() + 1} {
			if _, err := postgres.Fill(t.Context(), c, schema); !fault.Is(err, fault.Schema) {
				t.Errorf("%d: %v", schema, err)
			}
		}
	})
}

// TestPlaces: a schema with any name is one's own, and what lies beside it is not seen.
func TestPlaces(t *testing.T) {
	server := postgrestest.New(t)
	open := func(path string) error {
		s, err := postgres.Open(t.Context(), postgres.Config{URL: server.URL(path), Fresh: true})
		if err != nil {
			return err
		}
		if err := s.SetSetting(t.Context(), "a", "b"); err != nil {
			t.Error(err)
		}
		return errors.Join(s.Check(t.Context()), s.Close())
	}
	for _, name := range []string{"plectica", "Plectica", "a.b c"} {
		server.Exec(t, `CREATE SCHEMA "`+name+`"`)
		if err := open(url.PathEscape(`"` + name + `"`)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for path, want := range map[string]string{"nowhere": "no such schema", "plectica,public": "more than one schema"} {
		if err := open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	// What others put beside our tables is not in what is taken elsewhere.
	server.Exec(t, `CREATE TABLE plectica.theirs (x bool)`)
	s := openAt(t, postgres.Config{URL: server.URL("plectica")})
	err := s.View(t.Context(), func(v store.View) error {
		list, err := v.Tables(t.Context())
		for _, x := range list {
			if x.Name == "theirs" {
				t.Error("a table of somebody else's")
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestHungCommit: BK-9. A commit that waits for a standby and is given up is seen by
// nobody, and so nobody takes it for one that counts, until a standby has it.
func TestHungCommit(t *testing.T) {
	server := postgrestest.New(t)
	c := server.Schema(t)
	s := openAt(t, c)
	m := id.Map{1}
	r := acquire(t, s, m)
	server.LoseStandby(t)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := s.Append(ctx, []store.Batch{one(m, r)})[0]; !fault.Is(err, fault.Lost) {
		t.Fatalf("a commit without a standby: %v", err)
	}
	if err := s.SetSetting(ctx, "a", "b"); err == nil {
		t.Error("a setting without a standby")
	}
	for range 20 { // long enough for a cancelled one to be seen
		rows, err := s.Read(t.Context(), m, 0, 10)
		if err != nil || len(rows) > 0 {
			t.Fatalf("%d rows are seen that no standby has, %v", len(rows), err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	server.RegainStandby(t)
	if now := acquire(t, s, m); now.Head != 1 {
		t.Errorf("the head is %d: the commit that waited ends when it can", now.Head)
	}
}

// TestReadOnlyProof: what is found to be there already is not acknowledged before a
// standby has it.
func TestReadOnlyProof(t *testing.T) {
	server := postgrestest.New(t)
	s := openAt(t, server.Schema(t))
	if err := s.CreateAccount(t.Context(), store.NewAccount{Account: store.Account{ID: id.Account{1}, Email: "a@example.test"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateMap(t.Context(), store.Map{ID: id.Map{1}}, id.Account{1}); err != nil {
		t.Fatal(err)
	}
	add := func(ctx context.Context) error {
		return s.AddFile(ctx, store.File{Map: id.Map{1}, Size: 1}, store.FileUse{Files: 9, Bytes: 9})
	}
	if err := add(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.LoseStandby(t)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := add(ctx); err == nil {
		t.Error("a file that is there already was acknowledged without a standby")
	}
	server.RegainStandby(t)
}

func schemaOf(c postgres.Config) string {
	_, name, _ := strings.Cut(c.URL, "search_path=")
	return name
}

// TestDamageIsSeen: what amcheck finds wrong is told.
func TestDamageIsSeen(t *testing.T) {
	server := postgrestest.Get(t)
	c := server.Schema(t)
	s := openAt(t, c)
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	name := schemaOf(c)
	server.Exec(t, "CREATE EXTENSION amcheck") // in public, as operators do
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := acquire(t, s, id.Map{1})
	if err := s.Append(t.Context(), []store.Batch{one(id.Map{1}, r)})[0]; err != nil {
		t.Fatal(err)
	}
	// An index that says it is whole, and lacks a row.
	server.Exec(t, fmt.Sprintf(`UPDATE pg_index SET indisready = false WHERE indexrelid = '%s.op_map_id_op_id_key'::regclass`, name))
	r = acquire(t, s, id.Map{1})
	if err := s.Append(t.Context(), []store.Batch{one(id.Map{1}, r)})[0]; err != nil {
		t.Fatal(err)
	}
	server.Exec(t, fmt.Sprintf(`UPDATE pg_index SET indisready = true WHERE indexrelid = '%s.op_map_id_op_id_key'::regclass`, name))
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("an index that lacks a row: %v", err)
	}
}

// TestTextsThatItCannotKeep: what the other engine kept and this one cannot is made
// readable when it is moved here.
func TestTextsThatItCannotKeep(t *testing.T) {
	c := postgrestest.Get(t).Schema(t)
	c.Restoring = true
	f, err := postgres.Fill(t.Context(), c, postgres.Schema())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Fill(t.Context(), "x", store.Table{Name: "setting", Columns: []string{"name", "value"}}, [][]any{{"a", "b\x00c\xffd"}}); err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := postgres.Settle(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got, err := openAt(t, c).Setting(t.Context(), "a"); err != nil || got != "b\uFFFDc\uFFFDd" {
		t.Errorf("%q, %v", got, err)
	}
}
