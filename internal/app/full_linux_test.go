package app

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"plectica/internal/datadir"
	"plectica/internal/operate"
)

// TestFullDisk: AU-3. On a disk that is full, whoever runs the server signs in and makes room;
// nobody else is served, nothing is lost, and then everything goes on.
func TestFullDisk(t *testing.T) {
	if onPostgres() {
		t.Skip("the rows are not on the disk of the data directory")
	}
	dir := t.TempDir()
	const size = 256 << 20
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("size=%d,mode=700", size)); err != nil {
		t.Skip("only root can make a small disk: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	c := testConfig(t, filepath.Join(dir, "data"))
	c.SignUp = "open"
	c.History.Place = filepath.Join(dir, "elsewhere")
	r := launch(t, Options{Config: c, Unlimited: true})
	r.first(t)
	op := r.client
	until(t, "the room is held", func() bool {
		info, err := os.Stat(filepath.Join(c.Data, "reserve"))
		return err == nil && info.Size() == datadir.ReserveBytes
	})
	r.client = &http.Client{Jar: newJar(t), Transport: op.Transport}
	r.do(t, "POST", "/api/v1/signup", `{"email":"ada@example.test","name":"Ada","password":"`+good+`"}`)
	r.do(t, "POST", "/api/v1/signin", `{"email":"ada@example.test","password":"`+good+`"}`)
	if res, _ := r.do(t, "POST", "/api/v1/maps", `{"title":"Before"}`); res.StatusCode != 201 {
		t.Fatalf("%d", res.StatusCode)
	}

	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 1<<20))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	until(t, "the room is let go", func() bool {
		info, err := os.Stat(filepath.Join(c.Data, "reserve"))
		return err == nil && info.Size() == 0
	})
	if res, out := r.do(t, "POST", "/api/v1/maps", `{"title":"More"}`); res.StatusCode != 503 {
		t.Errorf("%d %v", res.StatusCode, out)
	}
	ada := r.client
	r.client = &http.Client{Jar: newJar(t), Transport: op.Transport}
	if res, out := r.do(t, "POST", "/api/v1/signin", `{"email":"op@example.test","password":"`+good+`"}`); res.StatusCode != 200 {
		t.Errorf("the operator cannot sign in: %d %v", res.StatusCode, out)
	}
	if res, out := r.do(t, "GET", "/api/v1/site/audit?act=map.create&result=refused", ""); res.StatusCode != 200 {
		t.Errorf("%d %v", res.StatusCode, out)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	r.client = ada
	until(t, "everybody is served again", func() bool {
		res, _ := r.do(t, "POST", "/api/v1/maps", `{"title":"After"}`)
		return res.StatusCode == 201
	})
	r.end(t)
	got, err := operate.VerifyAudit(t.Context(), c, "")
	if err != nil || len(got.Bad) > 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
