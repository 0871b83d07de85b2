package s3

import (
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"

	"plectica/internal/blob"
	"plectica/internal/blob/blobtest"
	"plectica/internal/fault"
	"plectica/internal/outbound"
)

const (
	testAccess = "AKIDEXAMPLE"
	testSecret = "a-secret-that-nobody-is-told"
)

// serve starts a service and returns a configuration for it.
func serve(t *testing.T, h http.Handler) Config {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	client := outbound.New(outbound.Config{Hosts: []string{s.Listener.Addr().String()}, Roots: roots, Large: true})
	t.Cleanup(client.CloseIdleConnections)
	return Config{Endpoint: s.URL, Bucket: "plectica-test", AccessKey: testAccess, SecretKey: testSecret, Transport: client.Transport}
}

// open makes the bucket, too.
func open(t *testing.T, c Config, locking bool) *Bucket {
	t.Helper()
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.core.MakeBucket(t.Context(), b.bucket, minio.MakeBucketOptions{ObjectLocking: locking}); err != nil {
		t.Fatal(err)
	}
	return b
}

// inMemory is a service in the process.
func inMemory(o ...gofakes3.Option) http.Handler {
	return gofakes3.New(s3mem.New(), o...).Server()
}

func TestBucketInMemory(t *testing.T) {
	blobtest.Buckets(t, func(t *testing.T) blob.Bucket {
		c := serve(t, inMemory())
		c.Prefix = "some/where"
		return open(t, c, false)
	})
}

// TestNothingToClean: a place where nothing was ever left half done is clean.
func TestNothingToClean(t *testing.T) {
	if err := open(t, serve(t, inMemory()), false).Clean(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	good := Config{Endpoint: "https://s3.example", Bucket: "bucket", AccessKey: testAccess, SecretKey: testSecret, Transport: http.NewFileTransport(nil)}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(c *Config){
		"no endpoint":        func(c *Config) { c.Endpoint = "" },
		"no scheme":          func(c *Config) { c.Endpoint = "s3.example" },
		"another scheme":     func(c *Config) { c.Endpoint = "ftp://s3.example" },
		"a path":             func(c *Config) { c.Endpoint = "https://s3.example/bucket" },
		"a query":            func(c *Config) { c.Endpoint = "https://s3.example?x=y" },
		"a password":         func(c *Config) { c.Endpoint = "https://me:pass@s3.example" },
		"no host":            func(c *Config) { c.Endpoint = "https:///" },
		"no bucket":          func(c *Config) { c.Bucket = "" },
		"a wrong bucket":     func(c *Config) { c.Bucket = "Bucket/x" },
		"without order":      func(c *Config) { c.Bucket = "name--use1-az5--x-s3" },
		"a wrong prefix":     func(c *Config) { c.Prefix = "/x" },
		"a long prefix":      func(c *Config) { c.Prefix = strings.Repeat("k/", 300) + "k" },
		"no access key":      func(c *Config) { c.AccessKey = "" },
		"no secret key":      func(c *Config) { c.SecretKey = "" },
		"no way out of here": func(c *Config) { c.Transport = nil },
	} {
		c := good
		change(&c)
		if _, err := New(c); !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), testSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLargestObject: what is promised fits the parts, and what is held fits the memory.
func TestLargestObject(t *testing.T) {
	if most := int64(partSize) * maxParts; most < 200e9 {
		t.Errorf("an object has up to %d bytes", most)
	}
	held := firstParts[len(firstParts)-1] + firstParts[len(firstParts)-2]
	if held > 32e6 || firstParts[len(firstParts)-1] != partSize {
		t.Errorf("%d bytes are held", held)
	}
}

// TestOneWayOut: requests that need another host, name or region than was said are not made.
func TestOneWayOut(t *testing.T) {
	var asked []string
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path+" "+r.UserAgent())
		http.Redirect(w, r, "https://127.0.0.1:1/elsewhere", http.StatusTemporaryRedirect)
	}))
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Open(t.Context(), "k"); err == nil {
		t.Error("a redirect was followed")
	}
	if len(asked) != 1 || asked[0] != "GET /plectica-test/k Plectica" {
		t.Errorf("asked %q", asked)
	}
	// A place that outbound does not go to is not asked, and the kind says why.
	c.Transport = outbound.New(outbound.Config{Large: true}).Transport
	if b, err = New(c); err != nil {
		t.Fatal(err)
	}
	_, err = b.Create(t.Context(), "k", strings.NewReader("x"), blob.CreateOptions{})
	if !fault.Is(err, fault.Permission) || !strings.Contains(err.Error(), "public internet") {
		t.Errorf("%v", err)
	}
}

// TestStrangersAreNoObjects: a bucket may hold what others put there.
func TestStrangersAreNoObjects(t *testing.T) {
	c := serve(t, inMemory())
	c.Prefix = "ours"
	b := open(t, c, false)
	for _, name := range []string{"ours", "oursnot", "ours/Big", "ours/a//b", "ours/.x", "theirs/a", "ours/k", "ours/z/k"} {
		if _, err := b.core.PutObject(t.Context(), b.bucket, name, strings.NewReader("x"), 1, "", "", minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, limit := range []int{1, 2, 10} {
		var got []string
		for after := ""; ; after = got[len(got)-1] {
			list, err := b.List(t.Context(), "", after, limit)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, o := range list {
				got = append(got, o.Key)
			}
		}
		if strings.Join(got, " ") != "k z/k" {
			t.Errorf("pages of %d: %q", limit, got)
		}
	}
}

// TestClean: parts that nobody finishes are taken away when they are old, and not before.
func TestClean(t *testing.T) {
	b := open(t, serve(t, inMemory()), false)
	ids := func() int {
		page, err := b.core.ListMultipartUploads(t.Context(), b.bucket, "", "", "", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Uploads)
	}
	if _, err := b.core.NewMultipartUpload(t.Context(), b.bucket, "a/k", minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := b.Clean(t.Context()); err != nil || ids() != 1 {
		t.Errorf("%d uploads are left, %v: one is under way", ids(), err)
	}
	old := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet:
			_, _ = io.WriteString(w, `<ListMultipartUploadsResult><Upload><Key>a/k</Key><UploadId>7</UploadId><Initiated>2020-01-01T00:00:00Z</Initiated></Upload>`+
				`<Upload><Key>Stranger</Key><UploadId>8</UploadId><Initiated>2020-01-01T00:00:00Z</Initiated></Upload></ListMultipartUploadsResult>`)
		case r.Method == http.MethodDelete && r.URL.Path == "/plectica-test/a/k" && r.URL.Query().Get("uploadId") == "7":
			w.WriteHeader(http.StatusNoContent)
		default:
			t.Errorf("asked for %s %s", r.Method, r.URL)
		}
	})
	b, err := New(serve(t, old))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Clean(t.Context()); err != nil {
		t.Error(err)
	}
}
