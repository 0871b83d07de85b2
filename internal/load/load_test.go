package load

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// TestHistogram: a percentile is off by 3 % at most, and never above the largest.
func TestHistogram(t *testing.T) {
	var h histogram
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		h.add(time.Duration(rng.IntN(1_000_000)) * time.Microsecond)
	}
	for _, c := range []struct{ share, want float64 }{{0.5, 500}, {0.99, 990}, {0.999, 999}, {1, 1000}} {
		if got := h.at(c.share); got < c.want*0.97 || got > c.want*1.03 {
			t.Errorf("p%g: %g ms, want about %g", 100*c.share, got, c.want)
		}
	}
	for i := range 200 {
		d := time.Duration(1) << (i % 40) * time.Duration(i+1)
		if b := boundOf(bucketOf(d)); b < d || float64(b) > float64(d)*1.04+1 {
			t.Errorf("%v is in a bucket up to %v", d, b)
		}
	}
	var none histogram
	if got := none.at(0.5); got != 0 {
		t.Errorf("nothing counted gives %g", got)
	}
}

// TestMarks: marks are found among anything, and nothing else is.
func TestMarks(t *testing.T) {
	msg := appendMark([]byte("~~~"), 7)
	msg = append(msg, "~~not one~~0123456"...)
	msg = appendMark(msg, 0xdeadbeef)
	msg = append(msg, "~~12"...)
	var got []uint32
	for n, rest, ok := nextMark(msg); ok; n, rest, ok = nextMark(rest) {
		got = append(got, n)
	}
	if len(got) != 2 || got[0] != 7 || got[1] != 0xdeadbeef {
		t.Errorf("found %x", got)
	}
}

// echoServer sends every message to everyone, but loses or repeats some.
type echoServer struct {
	mu           sync.Mutex
	conns        []*websocket.Conn
	n            int
	lose, repeat int // every so many messages
}

func (e *echoServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{}
	c, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	e.mu.Lock()
	e.conns = append(e.conns, c)
	err = c.WriteMessage(websocket.TextMessage, []byte(".")) // from now on it is told
	e.mu.Unlock()
	if err != nil {
		return
	}
	for {
		kind, b, err := c.ReadMessage()
		if err != nil {
			return
		}
		e.mu.Lock()
		for _, o := range e.conns {
			e.n++
			times := 1
			if e.lose > 0 && e.n%e.lose == 0 && o != c {
				times = 0
			}
			if e.repeat > 0 && e.n%e.repeat == 0 {
				times = 2
			}
			for range times {
				_ = o.WriteMessage(kind, b) // its reader finds out
			}
		}
		e.mu.Unlock()
	}
}

// echoLine is a protocol of marks alone.
type echoLine struct{ url string }

func (l echoLine) Dial(ctx context.Context, _, _ int, _ bool) (*websocket.Conn, Line, error) {
	c, _, err := websocket.DefaultDialer.DialContext(ctx, l.url, nil)
	if err == nil {
		_, _, err = c.ReadMessage()
	}
	return c, l, err
}
func (echoLine) Op(b, mark []byte) []byte { return append(b, mark...) }
func (echoLine) Acks([]byte) int          { return 0 }
func (echoLine) Ping(b []byte) []byte     { return b }
func (echoLine) Text() bool               { return true }

func drive(t *testing.T, e *echoServer, c Config) Result {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(e)
	_ = srv.Listener.Close() // replaced
	srv.Listener = l
	srv.Start()
	defer srv.Close()
	c.Protocol, c.Maps, c.Seconds = echoLine{"ws" + strings.TrimPrefix(srv.URL, "http")}, 1, 0.5
	res, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestRunCounts: what a sound server does is counted in full, and losses and
// repetitions are seen.
func TestRunCounts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	res := drive(t, &echoServer{}, Config{Writers: 4, Readers: 2, Rate: 400, Seed: 1})
	if res.Lost != 0 || res.Duplicates != 0 || res.Unanswered != 0 || res.Cut != 0 {
		t.Errorf("a sound server: %+v", res)
	}
	if res.Ops < 100 || res.Ops > 300 || res.Deliveries < 5*(res.Ops-20) || res.Ack.P50 <= 0 || res.Cast.P99 < res.Cast.P50 {
		t.Errorf("figures: %+v", res)
	}
	res = drive(t, &echoServer{repeat: 7}, Config{Writers: 4, Rate: 400, Seed: 1})
	if res.Duplicates == 0 || res.Lost != 0 {
		t.Errorf("a server that repeats: %+v", res)
	}
	res = drive(t, &echoServer{}, Config{Writers: 4, Window: 2})
	if res.Lost != 0 || res.Unanswered != 0 || res.Ops < 100 {
		t.Errorf("as fast as it goes: %+v", res)
	}
}

// TestLossesAreSeen: what does not arrive is missed.
func TestLossesAreSeen(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for what does not come")
	}
	res := drive(t, &echoServer{lose: 9}, Config{Writers: 4, Rate: 200, Seed: 1})
	if res.Lost == 0 {
		t.Errorf("a server that loses: %+v", res)
	}
}
