package s3

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/minio/minio-go/v7"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/outbound"
)

// faulty is a service behind something that answers in its place when it likes to.
type faulty struct {
	next http.Handler
	do   func(w http.ResponseWriter, r *http.Request) (done bool)
}

func (f faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !f.do(w, r) {
		f.next.ServeHTTP(w, r)
	}
}

// calls are all that a bucket does.
func calls(b *Bucket) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"create": func(ctx context.Context) error {
			_, err := b.Create(ctx, "k", strings.NewReader("rain"), blob.CreateOptions{})
			return err
		},
		"large": func(ctx context.Context) error {
			_, err := b.Create(ctx, "large", zeros(partSize+1), blob.CreateOptions{})
			return err
		},
		"open": func(ctx context.Context) error {
			f, err := b.Open(ctx, "k")
			if err == nil {
				err = f.Close()
			}
			return err
		},
		"stat":   func(ctx context.Context) error { _, err := b.Stat(ctx, "k"); return err },
		"delete": func(ctx context.Context) error { return b.Delete(ctx, "k") },
		"list":   func(ctx context.Context) error { _, err := b.List(ctx, "", "", 10); return err },
		"clean":  b.Clean,
		"check":  func(ctx context.Context) error { return blob.Check(ctx, b) },
	}
}

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// zeros are so many bytes that nobody holds.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

// told are all words of an error, those that are never shown too.
func told(err error) string { return fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err)) }

func wantTold(t *testing.T, name string, err error, kinds ...fault.Kind) {
	t.Helper()
	fits := false
	for _, k := range kinds {
		fits = fits || fault.Is(err, k)
	}
	if !fits {
		t.Errorf("%s: %v of kind %v, want %v", name, err, fault.KindOf(err), kinds)
	}
	for _, secret := range []string{testSecret, testAccess, "AWS4", "Signature="} {
		if strings.Contains(told(err), secret) {
			t.Errorf("%s tells a secret: %s", name, told(err))
		}
	}
}

func answer(status int, code string) func(w http.ResponseWriter, _ *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `<Error><Code>%s</Code><Message>of %s with %s</Message><AWSAccessKeyId>%s</AWSAccessKeyId></Error>`, code, testAccess, testSecret, testAccess)
		return true
	}
}

// TestRefusals: what a service says has a kind, is asked for once, and tells nobody's keys.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		kind   fault.Kind // of create and list
	}{
		{503, "SlowDown", fault.Busy},
		{503, "ServiceUnavailable", fault.Busy},
		{503, "", fault.Busy},
		{429, "TooManyRequests", fault.Busy},
		{409, "ConditionalRequestConflict", fault.Busy},
		{400, "RequestTimeout", fault.Internal},
		{408, "RequestTimeout", fault.Busy},
		{400, "BadDigest", fault.Busy},
		{403, "AccessDenied", fault.Permission},
		{403, "SignatureDoesNotMatch", fault.Permission},
		{403, "InvalidAccessKeyId", fault.Permission},
		{403, "RequestTimeTooSkewed", fault.Permission},
		{401, "", fault.Permission},
		{404, "NoSuchBucket", fault.Invalid},
		{501, "NotImplemented", fault.Invalid},
		{507, "XMinioStorageFull", fault.Limit},
		{413, "", fault.Limit},
		{412, "PreconditionFailed", fault.Conflict},
		{400, "secret words " + testSecret, fault.Internal},
	} {
		t.Run(fmt.Sprint(c.status, c.code), func(t *testing.T) {
			t.Parallel() // most of it is minio-go's pause after its last try
			var asked atomic.Int32
			say := answer(c.status, c.code)
			b, err := New(serve(t, faulty{nil, func(w http.ResponseWriter, r *http.Request) bool { asked.Add(1); return say(w, r) }}))
			if err != nil {
				t.Fatal(err)
			}
			all := calls(b)
			wantTold(t, "create", all["create"](t.Context()), c.kind)
			wantTold(t, "list", all["list"](t.Context()), c.kind)
			if n := asked.Load(); n != 2 {
				t.Errorf("asked %d times", n)
			}
			for name, call := range all {
				if err := call(t.Context()); !fault.Is(err, fault.NotFound) && (err != nil || c.status != 404) {
					wantTold(t, name, err, fault.KindOf(err))
				}
			}
		})
	}
}

// TestUnclearAnswers: after what may have been done, or may yet be, the kind is Lost for
// what makes or takes away, and Busy for what only looks.
func TestUnclearAnswers(t *testing.T) {
	hijack := func(text string) func(w http.ResponseWriter, _ *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			_, _ = io.Copy(io.Discard, r.Body) // nothing hangs on it
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return true
			}
			_, _ = io.WriteString(c, text) // nothing hangs on it
			_ = c.Close()
			return true
		}
	}
	for name, do := range map[string]func(w http.ResponseWriter, _ *http.Request) bool{
		"500":         answer(500, "InternalError"),
		"502":         answer(502, ""),
		"504":         answer(504, ""),
		"cut":         hijack(""),
		"cut early":   hijack("HTTP/1.1 200 OK\r\nContent-Le"),
		"not HTTP":    hijack("220 mail.example ESMTP\r\n"),
		"wrong words": hijack("HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\n<Err"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service := inMemory()
			var broken atomic.Bool
			b := open(t, serve(t, faulty{service, func(w http.ResponseWriter, r *http.Request) bool {
				// What comes before the deciding request goes well.
				last := r.Method == http.MethodPut && !r.URL.Query().Has("partNumber") || r.Method == http.MethodPost && r.URL.Query().Has("uploadId") ||
					r.Method == http.MethodDelete && !r.URL.Query().Has("uploadId") || r.Method == http.MethodGet
				return broken.Load() && last && do(w, r)
			}}), false)
			all := calls(b)
			if err := all["create"](t.Context()); err != nil {
				t.Fatal(err)
			}
			broken.Store(true)
			wantTold(t, "create", all["create"](t.Context()), fault.Lost)
			wantTold(t, "large", all["large"](t.Context()), fault.Lost)
			wantTold(t, "delete", all["delete"](t.Context()), fault.Lost)
			wantTold(t, "open", all["open"](t.Context()), fault.Busy)
			wantTold(t, "list", all["list"](t.Context()), fault.Busy)
			broken.Store(false)
			if page, err := b.core.ListMultipartUploads(t.Context(), b.bucket, "", "", "", "", 10); err != nil || len(page.Uploads) != 0 {
				t.Errorf("parts are left: %d, %v", len(page.Uploads), err)
			}
		})
	}
}

// TestLostReply: the object was made and nobody heard. Who tries again learns that, and
// finds it whole.
func TestLostReply(t *testing.T) {
	for name, size := range map[string]int64{"small": 10, "large": partSize + 1} {
		t.Run(name, func(t *testing.T) {
			service, lose := inMemory(), true
			b := open(t, serve(t, faulty{service, func(w http.ResponseWriter, r *http.Request) bool {
				made := r.Method == http.MethodPut && r.URL.Path != "/plectica-test/" && !r.URL.Query().Has("partNumber") || r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
				if !made || !lose {
					return false
				}
				lose = false
				service.ServeHTTP(discard{}, r)
				panic(http.ErrAbortHandler)
			}}), false)
			create := func() error {
				_, err := b.Create(t.Context(), "k", zeros(size), blob.CreateOptions{})
				return err
			}
			wantTold(t, "first", create(), fault.Lost)
			wantTold(t, "second", create(), fault.Conflict)
			if info, err := b.Stat(t.Context(), "k"); err != nil || info.Size != size {
				t.Errorf("%+v, %v", info, err)
			}
		})
	}
}

// discard is nobody who listens to an answer.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

// TestErrorInAnAnswer: a service says 200 when it begins to put parts together, and what
// came of it at the end.
func TestErrorInAnAnswer(t *testing.T) {
	for code, kind := range map[string]fault.Kind{"PreconditionFailed": fault.Conflict, "InternalError": fault.Lost, "SlowDown": fault.Lost} {
		b := open(t, serve(t, faulty{inMemory(), func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") && answer(http.StatusOK, code)(w, r)
		}}), false)
		wantTold(t, code, calls(b)["large"](t.Context()), kind)
	}
}

// TestNothingWasSent: a place that cannot be reached has changed nothing, and may be tried.
func TestNothingWasSent(t *testing.T) {
	c := serve(t, inMemory())
	unknown := c
	unknown.Transport = outbound.New(outbound.Config{Hosts: []string{strings.TrimPrefix(c.Endpoint, "https://")}, Roots: x509.NewCertPool(), Large: true}).Transport
	away := c
	away.Endpoint = "https://127.0.0.1:1"
	away.Transport = outbound.New(outbound.Config{Hosts: []string{"127.0.0.1:1"}, Large: true}).Transport
	for name, c := range map[string]Config{"is away": away, "does not prove its name": unknown} {
		b, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		for call, do := range calls(b) {
			wantTold(t, name+": "+call, do(t.Context()), fault.Busy)
		}
	}
}

// hanging is what a service does that hangs, until the test is over.
func hanging(t *testing.T) func(r *http.Request) {
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return func(r *http.Request) {
		select {
		case <-over:
		case <-r.Context().Done():
		}
	}
}

// TestHangingService: whoever asks waits as long as their context, and no longer.
func TestHangingService(t *testing.T) {
	for name, begin := range map[string]func(w http.ResponseWriter){
		"says nothing": func(http.ResponseWriter) {},
		"stops in the middle": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT")
			_, _ = io.WriteString(w, "<half") // to whoever listens
			w.(http.Flusher).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var hang func(r *http.Request)
			c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				begin(w)
				hang(r)
			}))
			hang = hanging(t)
			b, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			all := calls(b)
			all["open"] = func(ctx context.Context) error {
				f, err := b.Open(ctx, "k")
				if err == nil {
					_, err = io.ReadAll(f)
					_ = f.Close() // its context has ended
				}
				return err
			}
			if name != "says nothing" {
				delete(all, "stat") // an answer to HEAD has no middle
				delete(all, "large")
				delete(all, "delete") // which ask that first
				delete(all, "create") // of which the middle says nothing more
			}
			for call, do := range all {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				begun := time.Now()
				if err := do(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > abortTimeout/2 {
					t.Errorf("%s: %v after %v", call, err, time.Since(begun))
				}
				cancel()
			}
		})
	}
}

// wire answers requests without a network.
type wire func(r *http.Request) (status int, body string, err error)

func (f wire) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body, err := f(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Etag": {`"1"`}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// TestHangingAbort: parts that cannot be taken away keep nobody for long.
func TestHangingAbort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		aborted := false
		b, err := New(Config{Endpoint: "https://s3.example", Bucket: "bucket", AccessKey: testAccess, SecretKey: testSecret, Transport: wire(func(r *http.Request) (int, string, error) {
			switch r.Method {
			case http.MethodHead:
				return http.StatusNotFound, "", nil
			case http.MethodPost:
				return http.StatusOK, "<InitiateMultipartUploadResult><UploadId>7</UploadId></InitiateMultipartUploadResult>", nil
			case http.MethodDelete:
				aborted = r.URL.Query().Get("uploadId") == "7"
				<-r.Context().Done()
				return 0, "", r.Context().Err()
			}
			return http.StatusOK, "", nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone := errors.New("the sender went away")
		begun := time.Now()
		_, err = b.Create(ctx, "k", io.MultiReader(zeros(partSize+1), readFunc(func([]byte) (int, error) { cancel(); return 0, gone })), blob.CreateOptions{})
		if took := time.Since(begun); !errors.Is(err, gone) || !aborted || took > abortTimeout+time.Second {
			t.Errorf("%v after %v, taken away: %v", err, took, aborted)
		}
	})
}

type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// TestCutReading: an object that does not come whole does not look whole.
func TestCutReading(t *testing.T) {
	for name, length := range map[string]string{"shorter than it was said": "100", "without a length": ""} {
		b, err := New(serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT")
			if length != "" {
				w.Header().Set("Content-Length", length)
			}
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		})))
		if err != nil {
			t.Fatal(err)
		}
		f, err := b.Open(t.Context(), "k")
		if err == nil {
			_, err = io.ReadAll(f)
			_ = f.Close() // it was cut
		}
		if length != "" {
			wantTold(t, name, err, fault.Busy)
		} else {
			wantTold(t, name, err, fault.Internal)
		}
	}
}

// TestSlowService: who is slow is waited for.
func TestSlowService(t *testing.T) {
	service := inMemory()
	b := open(t, serve(t, faulty{service, func(w http.ResponseWriter, r *http.Request) bool {
		r.Body = io.NopCloser(slow{r.Body})
		return false
	}}), false)
	if err := blob.Check(t.Context(), b); err != nil {
		t.Error(err)
	}
	if err := calls(b)["large"](t.Context()); err != nil {
		t.Error(err)
	}
}

// slow reads a little at a time.
type slow struct{ r io.Reader }

func (s slow) Read(p []byte) (int, error) {
	time.Sleep(100 * time.Microsecond)
	return s.r.Read(p[:min(len(p), 64<<10)])
}

// TestClockSkew: a service tells that its clock and ours differ, and so do we.
func TestClockSkew(t *testing.T) {
	away := gofakes3.FixedTimeSource(time.Now().Add(time.Hour))
	b, err := New(serve(t, inMemory(gofakes3.WithTimeSource(away))))
	if err != nil {
		t.Fatal(err)
	}
	err = blob.Check(t.Context(), b)
	if wantTold(t, "check", err, fault.Permission); err != nil && !strings.Contains(err.Error(), "clock") {
		t.Errorf("%v does not say why", err)
	}
}

// TestDamageOnTheWay: what is sent is signed with its hash, each part of it too.
func TestDamageOnTheWay(t *testing.T) {
	for name, call := range map[string]string{"whole": "create", "part": "large"} {
		var hashes, puts atomic.Int32
		b := open(t, serve(t, faulty{inMemory(), func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut && r.ContentLength > 0 {
				puts.Add(1)
				content, err := io.ReadAll(r.Body)
				if signed, _ := sum(content); err == nil && r.Header.Get("X-Amz-Content-Sha256") == signed {
					hashes.Add(1)
				}
				r.Body = io.NopCloser(strings.NewReader(string(content)))
			}
			return false
		}}), false)
		hashes.Store(0)
		puts.Store(0)
		if err := calls(b)[call](t.Context()); err != nil {
			t.Fatal(err)
		}
		if hashes.Load() != puts.Load() || puts.Load() == 0 {
			t.Errorf("%s: %d of %d had their hash", name, hashes.Load(), puts.Load())
		}
	}
}

// TestLongAnswers: a list that does not end is not read to its end.
func TestLongAnswers(t *testing.T) {
	var sent atomic.Int64
	b, err := New(serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<ListBucketResult><Name>") // the next says whether anybody listens
		for sent.Load() < 10*maxAnswer {
			n, err := io.WriteString(w, strings.Repeat("a", 64<<10))
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.List(t.Context(), "", "", 10); err == nil || sent.Load() >= 10*maxAnswer {
		t.Errorf("%v after %d bytes", err, sent.Load())
	}
}

// TestListsInOrder: paging hangs on it.
func TestListsInOrder(t *testing.T) {
	b, err := New(serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<ListBucketResult><Contents><Key>b</Key></Contents><Contents><Key>a</Key></Contents></ListBucketResult>")
	})))
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.List(t.Context(), "", "", 10)
	wantTold(t, "list", err, fault.Internal)
}

// TestRefusedMeansNotMade: only what is an answer that says no counts as one.
func TestRefusedMeansNotMade(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{errors.New("cut"), false},
		{minio.ErrorResponse{StatusCode: 200, Code: "InternalError"}, false},
		{minio.ErrorResponse{StatusCode: 200, Code: "PreconditionFailed"}, true},
		{minio.ErrorResponse{StatusCode: 500}, false},
		{minio.ErrorResponse{StatusCode: 502}, false},
		{minio.ErrorResponse{StatusCode: 307}, false},
		{minio.ErrorResponse{StatusCode: 400}, true},
		{minio.ErrorResponse{StatusCode: 412}, true},
		{minio.ErrorResponse{StatusCode: 503}, true},
	} {
		if got := refused(c.err); got != c.want {
			t.Errorf("%+v: %v", c.err, got)
		}
	}
}
