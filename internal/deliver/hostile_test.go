package deliver

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
)

// someParcel is a parcel of the first records of a log.
func someParcel(t testing.TB, n int) *parcel {
	t.Helper()
	l := &testLog{}
	l.add(n)
	p, err := pack(l.events, 0, origin, Destination{}.wants)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestHangingReceivers: one that stops at any point is given up by a named deadline, leaves
// nothing running, and what it was sent does not count as taken.
func TestHangingReceivers(t *testing.T) {
	config, ca := certified(t)
	config.SessionTicketsDisabled = true // they come first, and a pipe holds nothing
	for _, c := range []struct {
		name  string
		serve func(c net.Conn) // returns where it hangs
		want  time.Duration
	}{
		{"before TLS", func(net.Conn) {}, handshakeTimeout},
		{"in the middle of the greeting", func(c net.Conn) { _, _ = c.Read(make([]byte, 10)) }, handshakeTimeout},
		{"after the greeting", func(c net.Conn) { _ = tls.Server(c, config).Handshake() }, writeTimeout},
		{"in the middle of a message", func(c net.Conn) { _, _ = io.ReadFull(tls.Server(c, config), make([]byte, 1000)) }, writeTimeout},
		{"after everything", func(c net.Conn) { _, _ = io.ReadAll(tls.Server(c, config)) }, confirmTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, err := newSyslog(Destination{Name: "siem", Address: "127.0.0.1:6514", CA: ca}, "host")
				if err != nil {
					t.Fatal(err)
				}
				r.dial = func(context.Context, string) (net.Conn, error) {
					ours, theirs := net.Pipe()
					go c.serve(theirs)
					return ours, nil
				}
				began := time.Now()
				err = r.send(t.Context(), someParcel(t, 20))
				if !fault.Is(err, fault.Busy) || time.Since(began) != c.want {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
				synctest.Wait()
			})
		})
	}
}

// TestHangingReceiverIsLeft: when the server stops it waits for no receiver.
func TestHangingReceiverIsLeft(t *testing.T) {
	p := newSyslogPlace(t)
	ctx, stop := context.WithCancel(t.Context())
	left := make(chan struct{})
	p.as(func(c net.Conn) ([]byte, error) {
		_, err := io.ReadFull(c, make([]byte, 1)) // TLS stands
		stop()
		<-left
		return nil, err
	})
	r, err := newSyslog(p.destination(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.send(ctx, someParcel(t, parcelRecords)); err == nil {
		t.Error("taken")
	}
	close(left)
}

// TestClosesInTheMiddle: whoever closes before everything was read, politely or not, has not
// taken it; it all comes again once they read.
func TestClosesInTheMiddle(t *testing.T) {
	for name, serve := range map[string]func(c net.Conn) ([]byte, error){
		"at once": func(net.Conn) ([]byte, error) { return nil, errors.New("no") },
		"after a part": func(c net.Conn) ([]byte, error) {
			_, _ = io.ReadFull(c, make([]byte, 10_000))
			return nil, errors.New("no")
		},
		"all but the last byte unread": func(c net.Conn) ([]byte, error) {
			_, _ = c.Read(make([]byte, 1))
			return nil, errors.New("no")
		},
		"with a word": func(c net.Conn) ([]byte, error) {
			_, err := io.WriteString(c, "no!")
			_, _ = io.ReadAll(c)
			return nil, errors.Join(err, errors.New("no"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newSyslogPlace(t)
			whole := p.serve
			p.as(serve)
			r := &rig{t: t, log: &testLog{}, memory: &memory{}, place: p, now: time.UnixMilli(noon), origin: origin}
			r.log.add(2000)
			s := r.open()
			s.turn(t.Context())
			if st := s.Status(); st.Position != 0 || !strings.Contains(st.Problem, "receiver") {
				t.Errorf("%+v", st)
			}
			p.as(whole)
			r.deliver(s)
			if diff := cmp.Diff(numbers(0, 2000), r.ids()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestClosesBetween: one that closes just when something is on its way to it, which it never
// reads, has confirmed nothing. It is tried often, for it is about moments.
func TestClosesBetween(t *testing.T) {
	for name, bye := range map[string]func(c *tls.Conn) error{
		"with a farewell": func(c *tls.Conn) error { return c.Close() },
		"killed":          func(c *tls.Conn) error { return c.NetConn().Close() },
	} {
		t.Run(name, func(t *testing.T) {
			p := newSyslogPlace(t)
			p.as(func(c net.Conn) ([]byte, error) {
				err := c.(*tls.Conn).HandshakeContext(t.Context())
				return nil, errors.Join(err, bye(c.(*tls.Conn)), errors.New("nothing was read"))
			})
			r, err := newSyslog(p.destination(), "")
			if err != nil {
				t.Fatal(err)
			}
			some := someParcel(t, 20) // more than what TLS reads ahead
			for range 200 {
				if err := r.send(t.Context(), some); err == nil {
					t.Fatal("taken")
				}
			}
		})
	}
}

// TestWrongCertificates: records go to nobody who does not prove who they are.
func TestWrongCertificates(t *testing.T) {
	_, otherCA := certified(t)
	send := func(d Destination, from func(Destination) (sink, error)) error {
		to, err := from(d)
		if err != nil {
			t.Fatal(err)
		}
		return to.send(t.Context(), someParcel(t, 5))
	}
	syslogTo := func(d Destination) (sink, error) { return newSyslog(d, "") }
	p := newSyslogPlace(t)
	other, named, system := p.destination(), p.destination(), p.destination()
	other.CA = otherCA
	named.Address = strings.Replace(named.Address, "127.0.0.1", "localhost", 1)
	system.CA = nil
	for name, d := range map[string]Destination{"another authority": other, "another name": named, "nobody's": system} {
		if err := send(d, syslogTo); !fault.Is(err, fault.Busy) || sentence(err).Text != "the receiver's certificate is not trusted" {
			t.Errorf("%s: %v", name, err)
		}
	}
	old := newSyslogPlace(t)
	old.down()
	old.tls.MaxVersion = tls.VersionTLS11 // what must be refused
	old.up()
	if err := send(old.destination(), syslogTo); err == nil {
		t.Error("TLS 1.1")
	}
	for _, p := range []*syslogPlace{p, old} {
		if got := p.taken(t); len(got) != 0 {
			t.Errorf("%d records went", len(got))
		}
	}
	hook := newWebhookPlace(t)
	d := hook.destination()
	d.CA = nil
	if err := send(d, func(d Destination) (sink, error) { return newWebhook(d, time.Now) }); err == nil || len(hook.taken(t)) != 0 {
		t.Error(err)
	}
}

// TestWebhookFails: only 2xx counts; what is tried again is the same parcel, signed anew.
func TestWebhookFails(t *testing.T) {
	elsewhere := newWebhookPlace(t)
	gone := make(chan struct{})
	for _, c := range []struct {
		name   string
		answer func(w http.ResponseWriter, r *http.Request)
		want   string
	}{
		{"500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "the webhook answered 500"},
		{"404", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, "the webhook answered 404"},
		{"300", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(300) }, "the webhook answered 300"},
		{"redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.srv.URL, http.StatusTemporaryRedirect)
		}, "the other server sends on to another address, which is not followed"},
		{"killed after it read all", func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = c.Close()
			}
		}, "the other server could not be reached"},
		{"slow", func(_ http.ResponseWriter, r *http.Request) { close(gone); <-r.Context().Done() }, ""},
		{"killed in its answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(200)
		}, "the other server could not be reached"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newWebhookPlace(t)
			r := &rig{t: t, log: &testLog{}, memory: &memory{}, place: p, now: time.UnixMilli(noon), origin: origin}
			p.answer = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
				if len(p.ids) == 1 {
					c.answer(w, r)
					return true
				}
				return false
			}
			r.log.add(20)
			s := r.open()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			if c.want == "" {
				go func() { <-gone; stop() }()
			}
			s.turn(ctx)
			if st := s.Status(); st.Position != 0 || st.Problem != c.want {
				t.Errorf("%+v", st)
			}
			r.log.add(20)
			r.now = r.now.Add(time.Minute)
			r.deliver(s)
			if diff := cmp.Diff(numbers(0, 40), r.ids()); diff != "" {
				t.Error(diff)
			}
			if len(p.ids) < 2 || p.ids[0] != origin+"/0-19" || p.ids[1] != p.ids[0] {
				t.Errorf("parcels %q", p.ids)
			}
		})
	}
	if got := elsewhere.taken(t); len(got) != 0 {
		t.Errorf("%d records were sent on", len(got))
	}
}

// TestWebhookReach: a name of the own network is asked only if the operator said so.
func TestWebhookReach(t *testing.T) {
	p := newWebhookPlace(t)
	d := p.destination()
	d.AllowPrivate = false
	w, err := newWebhook(d, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.send(t.Context(), someParcel(t, 1)); !fault.Is(err, fault.Permission) || len(p.ids) != 0 {
		t.Error(err)
	}
}

// TestSignature: what the page for operators says, computed elsewhere:
// printf '1790000000.{"id":"x"}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
func TestSignature(t *testing.T) {
	const want = "1e57a4ab5093890d909a839ac0793b10eac6ef38e509b421e1a9c0d57a211284"
	if got := sign(secret, "1790000000", []byte(`{"id":"x"}`)); got != want {
		t.Errorf("%s", got)
	}
}

// TestHalfALine: what a crash left of a line is gone before anything is added.
func TestHalfALine(t *testing.T) {
	for name, left := range map[string]string{
		"half": `{"x":1`, "a whole one and half": "{\"metadata\":{\"uid\":\"before\"},\"time\":1790000000000}\n{\"y", "nothing": "",
		"a whole one and long half": "{\"metadata\":{\"uid\":\"before\"},\"time\":1790000000000}\n" + strings.Repeat("x", 3*tailBytes),
	} {
		t.Run(name, func(t *testing.T) {
			p := newFilesPlace(t)
			p.do(os.Mkdir(p.dir, 0o700))
			p.do(os.WriteFile(p.dir+"/audit-2026-09-21.jsonl", []byte(left), 0o600))
			r := &rig{t: t, log: &testLog{}, memory: &memory{}, place: p, now: time.UnixMilli(noon), origin: origin}
			r.log.add(3)
			s := r.open()
			r.deliver(s)
			want := numbers(0, 3)
			if strings.Contains(left, "\n") {
				want = append([]string{"before"}, want...)
			}
			if diff := cmp.Diff(want, r.ids()); diff != "" {
				t.Error(diff)
			}
			// The same while it runs.
			f, err := os.OpenFile(p.dir+"/audit-2026-09-21.jsonl", os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.WriteString("{\"metadata\":{\"uid\":\"theirs\"},\"time\":1790000000000}\n{half")
			p.do(errors.Join(err, f.Close()))
			r.log.add(1)
			r.deliver(s)
			if diff := cmp.Diff(slices.Concat(want, []string{"theirs"}, numbers(3, 4)), r.ids()); diff != "" {
				t.Error(diff)
			}
			// And when somebody took the file away.
			p.do(os.Rename(p.dir+"/audit-2026-09-21.jsonl", p.dir+"/audit-2026-09-20.jsonl.old"))
			r.log.add(1)
			r.deliver(s)
			if diff := cmp.Diff(numbers(4, 5), r.ids()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLinksLeadNowhere: a link in the directory leads to no other file.
func TestLinksLeadNowhere(t *testing.T) {
	p := newFilesPlace(t)
	p.do(os.Mkdir(p.dir, 0o700))
	p.do(os.WriteFile(p.dir+".other", []byte("mine\nall"), 0o600))
	p.do(os.Symlink(p.dir+".other", p.dir+"/audit-2026-09-21.jsonl"))
	w, err := newFiles(p.destination())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.send(t.Context(), someParcel(t, 1)); err == nil {
		t.Error("written")
	}
	if b, err := os.ReadFile(p.dir + ".other"); err != nil || string(b) != "mine\nall" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	_, ca := certified(t)
	ok := Destination{Name: "a", Kind: JSONL, Directory: "/x"}
	for name, list := range map[string][]Destination{
		"no name":         {{Kind: JSONL, Directory: "/x"}},
		"two of a name":   {ok, ok},
		"no kind":         {{Name: "a"}},
		"no port":         {{Name: "a", Kind: Syslog, Address: "siem"}},
		"no host":         {{Name: "a", Kind: Syslog, Address: ":6514"}},
		"no certificates": {{Name: "a", Kind: Syslog, Address: "siem:6514", CA: []byte("x")}},
		"without TLS":     {{Name: "a", Kind: Webhook, URL: "http://siem/", Secret: secret}},
		"a name":          {{Name: "a", Kind: Webhook, URL: "https://u:p@siem/", Secret: secret}},
		"no secret":       {{Name: "a", Kind: Webhook, URL: "https://siem/", CA: ca}},
		"a short secret":  {{Name: "a", Kind: Webhook, URL: "https://siem/", Secret: []byte("short")}},
		"relative":        {{Name: "a", Kind: JSONL, Directory: "records"}},
		"too many":        make([]Destination, MaxDestinations+1),
	} {
		if got, err := Open(Config{Destinations: list}); got != nil || !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Limit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
