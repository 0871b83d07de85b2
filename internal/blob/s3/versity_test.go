package s3

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minio/minio-go/v7"

	"plectica/internal/blob"
	"plectica/internal/blob/blobtest"
	"plectica/internal/fault"
	"plectica/internal/outbound"
)

// startTime bounds how long a service takes to come up.
const startTime = 30 * time.Second

// versity starts a service that others wrote, with a disk of its own, and returns a
// configuration for it. It keeps versions and locks.
func versity(t *testing.T) Config {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes its time to move what is large")
	}
	program := filepath.Join("..", "..", "..", "bin", "tools", "versitygw")
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("versitygw"); err != nil {
			t.Skip("versitygw is not here, nor in PATH: make s3-tools")
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"data", "versions"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	roots := certificate(t, dir)
	at := freePort(t)
	var said bytes.Buffer // read after its end
	cmd := exec.Command(program, "--port", at, "--cert", filepath.Join(dir, "cert.pem"), "--key", filepath.Join(dir, "key.pem"), "--quiet",
		"posix", "--versioning-dir", filepath.Join(dir, "versions"), filepath.Join(dir, "data"))
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+testAccess, "ROOT_SECRET_KEY="+testSecret)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()         // which it says
		if t.Failed() {
			t.Logf("versitygw said: %s", said.String())
		}
	})
	client := outbound.New(outbound.Config{Hosts: []string{at}, Roots: roots, Large: true})
	t.Cleanup(client.CloseIdleConnections)
	c := Config{Endpoint: "https://" + at, Bucket: "plectica-test", AccessKey: testAccess, SecretKey: testSecret, Transport: client.Transport}
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) { // another process: no bubble has its time
		if _, err = b.core.ListBuckets(t.Context()); err == nil {
			return c
		}
		if time.Since(begun) > startTime {
			t.Fatalf("it does not come up: %v", err)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // only asked for its number
	return l.Addr().String()
}

// certificate is one for loopback that is good in the time of bubbles too, which begins
// in 2000.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) {
		t.Fatal("the certificate is not one")
	}
	return roots
}

// TestBucketAtVersity runs the suite against a service that others wrote, without locks
// and with them, and some more that only such a one shows.
func TestBucketAtVersity(t *testing.T) {
	c := versity(t)
	n := 0
	fresh := func(t *testing.T, locking bool) *Bucket {
		n++
		own := c
		own.Bucket, own.Lock = "plectica-test-"+string(rune('a'+n/26))+string(rune('a'+n%26)), locking
		return open(t, own, locking)
	}
	t.Run("without locks", func(t *testing.T) {
		blobtest.Buckets(t, func(t *testing.T) blob.Bucket { return fresh(t, false) })
	})
	t.Run("with locks", func(t *testing.T) {
		blobtest.Buckets(t, func(t *testing.T) blob.Bucket { return fresh(t, true) })
	})
	t.Run("a large race", func(t *testing.T) { largeRace(t, fresh(t, false)) })
	t.Run("memory", func(t *testing.T) { memory(t, fresh(t, false)) })
	t.Run("a thief", func(t *testing.T) { thief(t, fresh(t, true)) })
	t.Run("no locks there", func(t *testing.T) {
		b := fresh(t, false)
		b.lock = true
		wantTold(t, "check", blob.Check(t.Context(), b), fault.Invalid)
	})
	t.Run("damage", func(t *testing.T) { damage(t, fresh(t, false)) })
	t.Run("wrong keys", func(t *testing.T) {
		own := c
		own.SecretKey = "another"
		b, err := New(own)
		if err != nil {
			t.Fatal(err)
		}
		for call, do := range calls(b) {
			wantTold(t, call, do(t.Context()), fault.Permission)
		}
		// This service calls keys that it does not know "not found", so a Stat says that.
		own.AccessKey = "ANOTHER"
		if b, err = New(own); err != nil {
			t.Fatal(err)
		}
		wantTold(t, "check", blob.Check(t.Context(), b), fault.Internal)
	})
	t.Run("no bucket", func(t *testing.T) {
		b, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		wantTold(t, "check", blob.Check(t.Context(), b), fault.Invalid)
	})
	t.Run("another time", func(t *testing.T) {
		// The time of a bubble is long ago, for the signature too.
		synctest.Test(t, func(t *testing.T) {
			b, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			wantTold(t, "check", blob.Check(t.Context(), b), fault.Permission)
			c.Transport.(interface{ CloseIdleConnections() }).CloseIdleConnections()
		})
	})
}

// largeRace: of those who send one object in parts at once one wins, too.
func largeRace(t *testing.T, b *Bucket) {
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			_, errs[i] = b.Create(t.Context(), "k", io.MultiReader(strings.NewReader(string(rune('a'+i))), zeros(partSize)), blob.CreateOptions{})
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantTold(t, "create", err, fault.Conflict)
		}
	}
	if info, err := b.Stat(t.Context(), "k"); won != 1 || err != nil || info.Size != partSize+1 {
		t.Errorf("%d won: %v; %+v, %v", won, errs, info, err)
	}
	if page, err := b.core.ListMultipartUploads(t.Context(), b.bucket, "", "", "", "", 10); err != nil || len(page.Uploads) != 0 {
		t.Errorf("parts are left: %d, %v", len(page.Uploads), err)
	}
}

// memory: what is held does not grow with the object.
func memory(t *testing.T, b *Bucket) {
	const size, look, more = 150 << 20, 16 << 20, 40 << 20
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	read, most := int64(0), uint64(0)
	r := readFunc(func(p []byte) (int, error) {
		if read/look != (read+int64(len(p)))/look {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
		read += int64(len(p))
		return zero{}.Read(p)
	})
	if _, err := b.Create(t.Context(), "k", io.LimitReader(r, size), blob.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if most > before.HeapAlloc+more {
		t.Errorf("%d MB were held", (most-before.HeapAlloc)>>20)
	}
	f, err := b.Open(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, f)
	if err = errors.Join(err, f.Close()); n != size || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
}

// thief: who has the account's keys can hide what is locked, and neither delete nor
// unlock it.
func thief(t *testing.T, b *Bucket) {
	until := time.Now().Add(time.Hour)
	if _, err := b.Create(t.Context(), "k", strings.NewReader("rain"), blob.CreateOptions{LockUntil: until}); err != nil {
		t.Fatal(err)
	}
	info, err := b.stat(t.Context(), "k")
	if err != nil || info.VersionID == "" {
		t.Fatalf("%+v, %v", info, err)
	}
	mode := info.Headers.Get("X-Amz-Object-Lock-Mode")
	end, err := time.Parse(time.RFC3339, info.Headers.Get("X-Amz-Object-Lock-Retain-Until-Date"))
	if err != nil || mode != "COMPLIANCE" || end.Before(until) || end.After(until.Add(2*time.Second)) {
		t.Errorf("%s until %v, %v; want compliance until %v", mode, end, err, until)
	}
	sooner, compliance, governance := time.Now().Add(time.Minute), minio.Compliance, minio.Governance
	for name, err := range map[string]error{
		"delete":  b.core.RemoveObject(t.Context(), b.bucket, "k", minio.RemoveObjectOptions{VersionID: info.VersionID, GovernanceBypass: true}),
		"shorten": b.core.PutObjectRetention(t.Context(), b.bucket, "k", minio.PutObjectRetentionOptions{VersionID: info.VersionID, Mode: &compliance, RetainUntilDate: &sooner, GovernanceBypass: true}),
		"weaken":  b.core.PutObjectRetention(t.Context(), b.bucket, "k", minio.PutObjectRetentionOptions{VersionID: info.VersionID, Mode: &governance, RetainUntilDate: &until, GovernanceBypass: true}),
	} {
		if err == nil {
			t.Errorf("%s worked", name)
		}
	}
	// Hidden, it is still there.
	if err := b.core.RemoveObject(t.Context(), b.bucket, "k", minio.RemoveObjectOptions{}); err != nil {
		t.Logf("not even hidden: %v", err)
	}
	f, _, _, err := b.core.GetObject(t.Context(), b.bucket, "k", minio.GetObjectOptions{VersionID: info.VersionID})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil || string(got) != "rain" {
		t.Errorf("%q, %v", got, err)
	}
}

// damage: a content that is not the one that was signed is refused by the service.
func damage(t *testing.T, b *Bucket) {
	signed, _ := sum([]byte("rain"))
	err := commit(t.Context(), func(ctx context.Context) error {
		_, err := b.core.PutObject(ctx, b.bucket, "k", strings.NewReader("hail"), 4, "", signed, minio.PutObjectOptions{DisableContentSha256: true})
		return err
	})
	wantTold(t, "whole", err, fault.Busy)
	id, err := b.core.NewMultipartUpload(t.Context(), b.bucket, "k", minio.PutObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.core.PutObjectPart(t.Context(), b.bucket, "k", id, 1, strings.NewReader("hail"), 4, minio.PutObjectPartOptions{Sha256Hex: signed, DisableContentSha256: true})
	wantTold(t, "part", explain(t.Context(), err), fault.Busy)
	b.abort(t.Context(), "k", id)
	if _, err := b.Stat(t.Context(), "k"); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v, want none", err)
	}
}
