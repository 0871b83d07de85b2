package operate

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"plectica/internal/config"
	"plectica/internal/history"
	"plectica/internal/history/historytest"
	"plectica/internal/render"
)

// bucketName is the one there is at the service.
const bucketName = "plectica-test"

// atService is a configuration, read from its file, whose second place and whose snapshots
// are at a service that speaks S3.
func atService(t *testing.T) config.Config {
	t.Helper()
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("here the authorities that a machine trusts are named in no variable")
	}
	backend := s3mem.New()
	if err := backend.CreateBucket(bucketName); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(gofakes3.New(backend).Server())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	path := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(path, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	// As an operator lets the machine trust an authority of its own.
	t.Setenv("SSL_CERT_FILE", write("roots.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))))
	file := write("plectica.toml", fmt.Sprintf(`data = %q

[backup]
places = ["backups", "bucket:offsite"]

[history]
place = "bucket:offsite"

[[bucket]]
name = "offsite"
endpoint = %q
bucket = %q
prefix = "maps"
access_key = "AKIDEXAMPLE"
secret_key_file = %q
allow_private = true
`, filepath.Join(path, "data"), s.URL, bucketName, write("secret", "a-secret-that-nobody-is-told\n")))
	c, err := config.Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// snap makes a snapshot of maps where the configuration says.
func (s *shipping) snap(list ...*historytest.Writer) {
	s.t.Helper()
	place, err := OpenPlace(s.config, s.config.History.Place)
	if err != nil {
		s.t.Fatal(err)
	}
	h := history.New(history.Config{Store: s.store, Objects: place, Policy: history.DefaultPolicy(), Picture: render.SVG, Now: time.Now, OnError: func(err error) { s.t.Error(err) }})
	const much = 1000 // changes, of which a snapshot is due at once
	for _, w := range list {
		h.Changed(w.ID, much)
	}
	var run sync.WaitGroup
	ctx, cancel := context.WithCancel(s.t.Context())
	run.Go(func() { h.Run(ctx) })
	for deadline := time.Now().Add(time.Minute); h.Stats().Made < uint64(len(list)) && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	cancel()
	run.Wait()
	if got := h.Stats(); got.Made != uint64(len(list)) || h.Age() != 0 {
		s.t.Fatalf("%+v", got)
	}
}

// TestAllAtAService: an installation whose second place is a bucket of the configuration is
// archived, drilled and sent there, loses everything else, and comes back.
func TestAllAtAService(t *testing.T) {
	c := atService(t)
	s := ships(t, c)
	s.fill()
	s.snap(s.maps...)
	made := s.archive()
	if made.At("bucket:offsite") != "" || len(made.Places) != 2 {
		t.Fatalf("%+v", made.Places)
	}
	keys, err := ReadKeys(c, "")
	if err != nil {
		t.Fatal(err)
	}
	there := Archives{Place: "bucket:offsite"}
	m, wrong, name, err := VerifyArchive(t.Context(), c, there, keys)
	if err != nil || len(wrong) > 0 || m.ID != made.ID || !strings.HasPrefix(name, "bucket:offsite: ") {
		t.Fatalf("%+v, %v, %s, %v", m, wrong, name, err)
	}
	drilled := map[string]bool{}
	for range c.Backup.Places { // each has its turn
		d, err := s.service.Drill(t.Context())
		if err != nil || d.Archive != made.ID || d.Opened == 0 {
			t.Fatalf("%+v, %v", d, err)
		}
		drilled[d.Place] = true
		s.now = s.now.Add(24 * time.Hour)
	}
	if !drilled["bucket:offsite"] {
		t.Errorf("%v", drilled)
	}
	s.ship(s.maps[:2]...)
	s.attach(strings.Repeat("after the archive ", 50_000))
	s.begins()
	s.ship()
	s.ship(s.maps[1])
	s.snap(s.maps[:2]...)
	if n, err := s.service.Prune(t.Context()); n != 0 || err != nil || len(s.errs) > 0 {
		t.Errorf("%d, %v, %v", n, err, s.errs)
	}
	if got, err := Verify(t.Context(), c, nil); err != nil || len(got.Bad) > 0 || got.Snapshots != 3+2 {
		t.Errorf("%+v, %v", got, err)
	}
	want := map[int]uint64{0: 35, 1: 40, 2: 30}
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(c.Data, "backups")); err != nil {
		t.Fatal(err)
	}
	c, back := s.restored(there)
	if back.Maps != 3 || back.Later != 15 || back.Files != 2 || back.Missing != 0 || back.Gaps != 0 || !slices.Equal(back.Held, c.Backup.Places[1:]) {
		t.Fatalf("%+v", back)
	}
	got := ships(t, c)
	for i, head := range want {
		if rec, err := got.store.Room(t.Context(), s.maps[i].ID); err != nil || rec.Head != head {
			t.Errorf("map %d is at %d, not %d; %v", i, rec.Head, head, err)
		}
	}
	got.goesOn(s)
}

// goesOn adopts what was restored, and goes on in it.
func (s *shipping) goesOn(was *shipping) {
	s.t.Helper()
	if err := Adopt(s.config); err != nil {
		s.t.Fatal(err)
	}
	again := ships(s.t, s.config)
	again.now = was.now
	w := was.maps[0]
	again.maps = []*historytest.Writer{w}
	made := again.archive()
	if len(made.Places) != 2 || made.MapCount != 3 {
		s.t.Errorf("%+v", made)
	}
}
