package app

import (
	"context"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plectica/internal/backup"
	"plectica/internal/blob"
	"plectica/internal/config"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/operate"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
)

// backups opens what makes archives, beside the server that runs.
func (h *hall) backups() *backup.Service {
	h.t.Helper()
	b, done, err := operate.Backups(h.t.Context(), h.config, "test")
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = done() })
	return b
}

// TestLoseTheMachine: BK-4, BK-5. An installation that people use is archived, drilled,
// lost, and brought back elsewhere: everybody signs in as before, and finds every map,
// file, word and named version.
func TestLoseTheMachine(t *testing.T) {
	h := newHall(t)
	m := h.mapIn("", "")
	h.must(h.owner, "PUT", "/maps/"+m.id+"/access", `{"subject":{"kind":"account","id":"`+h.ids["edit"]+`"},"role":"edit"}`)
	h.must(h.owner, "PUT", "/maps/"+m.id+"/versions/1", `{"name":"First"}`)
	for range 5 {
		if got := h.push(h.by["edit"], m.id, newCard("more")(nil)...); got != done {
			t.Fatal(got)
		}
	}
	b := h.backups()
	made, err := b.Create(t.Context(), 1)
	if err != nil || len(made.Places) != 1 || made.Places[0].Error != "" {
		t.Fatalf("%+v, %v", made, err)
	}
	drilled, err := b.Drill(t.Context())
	if err != nil || drilled.Maps != made.MapCount || drilled.Ops != made.OpCount || drilled.Opened == 0 {
		t.Fatalf("%+v, %v", drilled, err)
	}
	if left, err := os.ReadDir(filepath.Join(h.config.Data, "drill")); err != nil || len(left) != 0 {
		t.Errorf("the drill left %v, %v", left, err)
	}
	status, err := b.Status(t.Context())
	if err != nil || !status.MadeOK || !status.DrillOK || status.Saved {
		t.Errorf("%+v, %v", status, err)
	}
	before := h.must(h.by["edit"], "GET", "/maps/"+m.id+"/history", "")
	h.end(t)

	c := testConfig(t, filepath.Join(t.TempDir(), "elsewhere"))
	from := operate.Archives{File: filepath.Join(h.config.Data, "backups", filepath.FromSlash(made.Key))}
	keys, err := operate.ReadKeys(h.config, "")
	if err != nil {
		t.Fatal(err)
	}
	back, err := operate.Restore(t.Context(), c, from, keys)
	if err != nil || back.Maps != made.MapCount || back.Files != 1 {
		t.Fatalf("%+v, %v", back, err)
	}
	h.running = launch(t, Options{Config: c, Unlimited: true})
	for _, name := range []string{"edit", "view"} {
		h.by[name] = h.fresh()
		h.must(h.by[name], "POST", "/signin", `{"email":"`+name+`@example.test","password":"`+good+`"}`)
	}
	after := h.must(h.by["edit"], "GET", "/maps/"+m.id+"/history", "")
	if before["head"] != after["head"] {
		t.Errorf("head %v, was %v", after["head"], before["head"])
	}
	if list := h.must(h.by["edit"], "GET", "/maps/"+m.id+"/versions", "")["versions"].([]any); len(list) != 1 {
		t.Errorf("versions %v", list)
	}
	if code, _ := h.call(h.by["edit"], "GET", "/maps/"+m.id+"/blobs/"+m.file, ""); code != 200 {
		t.Errorf("the file: %d", code)
	}
	if code, _ := h.call(h.by["view"], "GET", "/api/v1/maps/"+m.id, ""); code != 404 {
		t.Errorf("a map of others: %d", code)
	}
	if got := h.push(h.by["edit"], m.id, newCard("goes on")(nil)...); got != done {
		t.Errorf("a change: %v", got)
	}
}

// TestRestoreRefuses: a directory with something in it, a wrong key, a file that is none.
func TestRestoreRefuses(t *testing.T) {
	h := newHall(t)
	h.mapIn("", "")
	made, err := h.backups().Create(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := operate.ReadKeys(h.config, "")
	if err != nil {
		t.Fatal(err)
	}
	from := operate.Archives{File: filepath.Join(h.config.Data, "backups", filepath.FromSlash(made.Key))}
	if _, err := operate.Restore(t.Context(), h.config, from, keys); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("under a running server: %v", err)
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "letter.txt"), []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := operate.Restore(t.Context(), testConfig(t, full), from, keys); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "letter.txt") {
		t.Errorf("not empty: %v", err)
	}
	if _, err := operate.Restore(t.Context(), testConfig(t, t.TempDir()), operate.Archives{File: filepath.Join(h.config.Data, "pepper")}, keys); !fault.Is(err, fault.Internal) {
		t.Errorf("no archive: %v", err)
	}
	// Damage on the way: the directory says what it is, and a second try with the whole
	// archive goes on.
	b, err := os.ReadFile(from.File)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.age")
	if err := os.WriteFile(cut, b[:len(b)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	c := testConfig(t, t.TempDir())
	if _, err := operate.Restore(t.Context(), c, operate.Archives{File: cut}, keys); !fault.Is(err, fault.Internal) {
		t.Errorf("cut: %v", err)
	}
	if _, err := os.Stat(filepath.Join(c.Data, "plectica.db")); err == nil {
		t.Error("a server would start on half of it")
	}
	if _, err := operate.Restore(t.Context(), c, from, keys); err != nil {
		t.Errorf("going on: %v", err)
	}
}

// TestDrillFindsDamage: a drill fails, and says of which map, when what it restores is not
// what was kept. BK-5.
func TestDrillFindsDamage(t *testing.T) {
	h := newHall(t)
	h.mapIn("", "")
	b := h.backups()
	made, err := b.Create(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(h.config.Data, "backups", filepath.FromSlash(made.Key))
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, bytes := range map[string][]byte{"cut": whole[:len(whole)/2], "flipped": append(append([]byte{}, whole[:len(whole)/2]...), append([]byte{whole[len(whole)/2] ^ 1}, whole[len(whole)/2+1:]...)...)} {
		if err := os.Chmod(file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := b.Drill(t.Context())
		if err == nil || len(d.Wrong) == 0 {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
		if s, err := b.Status(t.Context()); err != nil || s.DrillOK || s.Drilled == nil || len(s.Drilled.Wrong) == 0 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// TestBackupBeforeAnUpgrade: BK-6. Data of an older schema is archived, and read back,
// before it is touched; where that cannot be, it is not touched.
func TestBackupBeforeAnUpgrade(t *testing.T) {
	if onPostgres() {
		t.Skip("the older database is made by hand, in a file; postgres.TestUpgrade is for the other engine")
	}
	h := newHall(t)
	m := h.mapIn("", "")
	h.end(t)
	file := filepath.Join(h.config.Data, "plectica.db")
	older := func() {
		t.Helper()
		db, err := sql.Open("sqlite", "file:"+file)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		for _, text := range []string{"DELETE FROM schema WHERE version >= 7", "DROP TABLE audit", "DROP TABLE audit_head", "DROP TABLE audit_block", "DROP TABLE audit_seen",
			"DROP TABLE audit_checkpoint", "DROP TABLE audit_key", "DROP TABLE memory", "DROP TABLE alert", "DROP TABLE mute", "DROP TABLE deed", "DROP TABLE telling", "DROP TABLE base", "DROP TABLE snapshot", "DROP TABLE version", "DROP TABLE shipped", "DROP TABLE record"} {
			if _, err := db.ExecContext(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
	}
	older()
	c := h.config
	c.Backup.Places = []string{"pepper"} // a file is no place for archives
	err := Run(t.Context(), Options{Config: c, Version: "test", Out: io.Discard, Err: io.Discard})
	if err == nil {
		t.Fatal("it was upgraded without a backup")
	}
	if n, err := sqlite.SchemaOf(t.Context(), file); err != nil || n != 6 {
		t.Fatalf("schema %d, %v", n, err)
	}
	h.running = launch(t, Options{Config: h.config, Unlimited: true})
	status, err := h.backups().Status(t.Context())
	if err != nil || !status.MadeOK || status.Made.Schema != 6 || status.Made.MapCount != 1 {
		t.Fatalf("%+v, %v", status, err)
	}
	h.owner = h.fresh()
	h.must(h.owner, "POST", "/signin", `{"email":"op@example.test","password":"`+good+`"}`)
	h.must(h.owner, "GET", "/maps/"+m.id+"/history", "")
	h.end(t)

	// The archive of the old schema comes back under the new program.
	keys, err := operate.ReadKeys(h.config, "")
	if err != nil {
		t.Fatal(err)
	}
	back, err := operate.Restore(t.Context(), testConfig(t, t.TempDir()), operate.Archives{File: filepath.Join(h.config.Data, "backups", filepath.FromSlash(status.Made.Key))}, keys)
	if err != nil || back.Maps != 1 {
		t.Errorf("%+v, %v", back, err)
	}
}

// twoPlaces is an installation that keeps everything at a second place too, a directory.
func twoPlaces(t *testing.T) (h *hall, second string) {
	t.Helper()
	h = newHall(t)
	h.end(t)
	second = filepath.Join(t.TempDir(), "second")
	h.config.Backup.Places = []string{"backups", second}
	h.serves(t, h.config)
	return h, second
}

// serves starts a server on what a configuration names, and signs its operator in.
func (h *hall) serves(t *testing.T, c config.Config) {
	t.Helper()
	h.running = launch(t, Options{Config: c, Unlimited: true})
	h.owner = h.fresh()
	h.must(h.owner, "POST", "/signin", `{"email":"op@example.test","password":"`+good+`"}`)
}

// TestBetweenBackups: BK-7. What was done after the last archive, seconds before the
// machine burned, comes back from the second place: changes, new maps, new people, new
// roles; or as much of it as there was at a time.
func TestBetweenBackups(t *testing.T) {
	h, second := twoPlaces(t)
	m := h.mapIn("", "")
	made, err := h.backups().Create(t.Context(), 1)
	if err != nil || len(made.Places) != 2 || made.Places[1].Error != "" {
		t.Fatalf("%+v, %v", made, err)
	}
	if got := h.push(h.owner, m.id, newCard("after the archive")(nil)...); got != done {
		t.Fatal(got)
	}
	time.Sleep(1100 * time.Millisecond) // to name a moment in between
	between := time.Now()
	time.Sleep(1100 * time.Millisecond)
	h.must(h.fresh(), "POST", "/signup", `{"email":"late@example.test","name":"late","password":"`+good+`"}`)
	later := h.mapIn("", "")
	h.must(h.owner, "PUT", "/maps/"+later.id+"/access", `{"email":"late@example.test","role":"edit"}`)
	if got := h.push(h.owner, m.id, newCard("just before")(nil)...); got != done {
		t.Fatal(got)
	}
	h.shipped(t, m.id, later.id, 1)
	h.end(t)

	keys, err := operate.ReadKeys(h.config, "")
	if err != nil {
		t.Fatal(err)
	}
	head := func(c config.Config, email, m string) any {
		t.Helper()
		h.running = launch(t, Options{Config: c, Unlimited: true})
		who := h.fresh()
		h.must(who, "POST", "/signin", `{"email":"`+email+`","password":"`+good+`"}`)
		defer h.end(t)
		return h.must(who, "GET", "/maps/"+m+"/history", "")["head"]
	}
	whole := testConfig(t, filepath.Join(t.TempDir(), "whole"))
	whole.Backup.Places = []string{second}
	back, err := operate.Restore(t.Context(), whole, operate.Archives{}, keys)
	if err != nil || back.Maps != 2 || back.Later != 4 {
		t.Fatalf("%+v, %v", back, err)
	}
	if got := head(whole, "late@example.test", later.id); got != 2.0 {
		t.Errorf("the later map's head is %v", got)
	}
	part := testConfig(t, filepath.Join(t.TempDir(), "part"))
	part.Backup.Places = []string{second}
	back, err = operate.Restore(t.Context(), part, operate.Archives{To: between}, keys)
	if err != nil || back.Later != 1 {
		t.Fatalf("%+v, %v", back, err)
	}
	if got := head(part, "op@example.test", m.id); got != 3.0 {
		t.Errorf("the map's head is %v", got)
	}
}

// TestAttachedAfterTheArchive: BK-10. A file that came after the archive comes back from the
// second place; where that lost it, all the rest comes back all the same. Nobody is signed
// in by what was so when the archive was made.
func TestAttachedAfterTheArchive(t *testing.T) {
	h, second := twoPlaces(t)
	m := h.mapIn("", "")
	if _, err := h.backups().Create(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	file := h.must(h.owner, "POST", "/maps/"+m.id+"/blobs", "bytes that lie nowhere else")["hash"].(string)
	later := h.mapIn("", "")
	for range 2 {
		if got := h.push(h.owner, m.id, newCard("later")(nil)...); got != done {
			t.Fatal(got)
		}
	}
	h.must(h.owner, "PUT", "/maps/"+m.id+"/access", `{"subject":{"kind":"account","id":"`+h.ids["edit"]+`"},"role":"edit"}`)
	h.shipped(t, m.id, later.id, 2)
	h.end(t)
	keys, err := operate.ReadKeys(h.config, "")
	if err != nil {
		t.Fatal(err)
	}
	c := testConfig(t, t.TempDir())
	c.Backup.Places = []string{filepath.Join(h.config.Data, "backups"), second}
	if _, err := operate.Restore(t.Context(), c, operate.Archives{File: "x", To: time.Now()}, keys); !fault.Is(err, fault.Invalid) {
		t.Errorf("up to a time, and no place to take that from: %v", err)
	}
	back, err := operate.Restore(t.Context(), c, operate.Archives{}, keys)
	if err != nil || back.Maps != 2 || back.Later != 4 || back.Missing != 0 {
		t.Fatalf("%+v, %v", back, err)
	}
	h.running = launch(t, Options{Config: c, Unlimited: true})
	if code, _ := h.call(h.by["edit"], "GET", "/api/v1/maps", ""); code != 401 {
		t.Errorf("somebody is signed in: %d", code)
	}
	h.must(h.owner, "POST", "/signin", `{"email":"op@example.test","password":"`+good+`"}`)
	if code, _ := h.call(h.owner, "GET", "/maps/"+m.id+"/blobs/"+file, ""); code != 200 {
		t.Errorf("the file: %d", code)
	}
	h.end(t)
	if err := os.RemoveAll(filepath.Join(second, "contents")); err != nil {
		t.Fatal(err)
	}
	places := c.Backup.Places
	c = testConfig(t, t.TempDir())
	c.Backup.Places = places
	back, err = operate.Restore(t.Context(), c, operate.Archives{}, keys)
	if err != nil || back.Maps != 2 || back.Missing != 1 {
		t.Fatalf("without its content: %+v, %v", back, err)
	}
}

// TestRestoredTwice: what was left out by a restore to a time does not come back with the
// next one, and what was done since does.
func TestRestoredTwice(t *testing.T) {
	h, second := twoPlaces(t)
	m := h.mapIn("", "")
	if _, err := h.backups().Create(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond)
	between := time.Now()
	time.Sleep(1100 * time.Millisecond)
	later := h.mapIn("", "")
	h.must(h.owner, "PUT", "/maps/"+m.id+"/access", `{"subject":{"kind":"account","id":"`+h.ids["edit"]+`"},"role":"edit"}`)
	for range 2 {
		if got := h.push(h.owner, m.id, newCard("a mistake")(nil)...); got != done {
			t.Fatal(got)
		}
	}
	h.shipped(t, m.id, later.id, 1)
	h.end(t)
	keys, err := operate.ReadKeys(h.config, "")
	if err != nil {
		t.Fatal(err)
	}
	c := testConfig(t, t.TempDir())
	c.Backup.Places = []string{"backups", second}
	back, err := operate.Restore(t.Context(), c, operate.Archives{Place: second, To: between}, keys)
	if err != nil || back.Maps != 1 || back.Later != 0 {
		t.Fatalf("%+v, %v", back, err)
	}
	if err := operate.Adopt(c); err != nil {
		t.Fatal(err)
	}
	h.serves(t, c)
	for range 3 {
		if got := h.push(h.owner, m.id, newCard("instead")(nil)...); got != done {
			t.Fatal(got)
		}
	}
	time.Sleep(5 * time.Second)
	h.end(t)
	c = testConfig(t, t.TempDir())
	c.Backup.Places = []string{second}
	back, err = operate.Restore(t.Context(), c, operate.Archives{}, keys)
	if err != nil || back.Maps != 1 || back.Later != 3 {
		t.Fatalf("the second time: %+v, %v", back, err)
	}
}

// TestHalfRestored: no server starts where a restore is not at its end, and it goes on.
func TestHalfRestored(t *testing.T) {
	h := newHall(t)
	h.mapIn("", "")
	made, err := h.backups().Create(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := operate.ReadKeys(h.config, "")
	if err != nil {
		t.Fatal(err)
	}
	h.end(t)
	whole := filepath.Join(h.config.Data, "backups", filepath.FromSlash(made.Key))
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.age")
	if err := os.WriteFile(cut, b[:len(b)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	c := testConfig(t, t.TempDir())
	if _, err := operate.Restore(t.Context(), c, operate.Archives{File: cut}, keys); err == nil {
		t.Fatal("half an archive was restored")
	}
	err = Run(t.Context(), Options{Config: c, Version: "test", Out: io.Discard, Err: io.Discard})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("a server starts: %v", err)
	}
	if back, err := operate.Restore(t.Context(), c, operate.Archives{File: whole}, keys); err != nil || back.Maps != 1 {
		t.Errorf("going on: %+v, %v", back, err)
	}
}

// arrived notes what a place has of changes.
type arrived struct {
	heads map[string]uint64
	roles int // how many were given, when it last heard of them
}

func (a *arrived) Log(_ context.Context, m id.Map, _ string, rows []store.Row) error {
	a.heads[m.String()] = rows[len(rows)-1].Seq
	return nil
}

func (a *arrived) Tables(_ context.Context, _ int64, _ int, tables []store.Rows) error {
	for _, t := range tables {
		if t.Name == "access" {
			a.roles = len(t.Rows)
		}
	}
	return nil
}

// shipped waits until the second place has two maps up to their heads, three roles, and
// so many contents.
func (h *hall) shipped(t *testing.T, one, two string, contents int) {
	t.Helper()
	keys, err := operate.ReadKeys(h.config, "")
	if err != nil {
		t.Fatal(err)
	}
	b, err := operate.OpenPlace(h.config, h.config.Backup.Places[1])
	if err != nil {
		t.Fatal(err)
	}
	const tries = 200
	for range tries {
		a := &arrived{heads: make(map[string]uint64)}
		if _, err := backup.Replay(t.Context(), backup.Place{Name: "second", Bucket: b}, keys, 0, a); err != nil {
			t.Fatal(err)
		}
		list, err := b.List(t.Context(), "contents/", "", blob.MaxList)
		if err != nil {
			t.Fatal(err)
		}
		if a.heads[one] == 4 && a.heads[two] == 2 && a.roles == 3 && len(list) == contents {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the second place does not get what was done")
}
