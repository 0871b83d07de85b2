package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/fault"
)

// talk has a client speak with a peer over a pipe, by the clock of a bubble.
func talk(t *testing.T, peer func(c net.Conn), do func(t *testing.T, c *http.Client)) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(Config{Plain: []string{"store.example:80"}, Large: true}, func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer func() { _ = server.Close() }()
				peer(server)
			}()
			return client, nil
		})
		do(t, c)
		c.CloseIdleConnections()
		time.Sleep(2 * stallTimeout) // the peer notices
	})
}

// header reads a request up to its body.
func header(c net.Conn) {
	b := make([]byte, 1)
	for line := 0; line < 2; {
		if _, err := c.Read(b); err != nil {
			return
		}
		switch b[0] {
		case '\n':
			line++
		case '\r':
		default:
			line = 0
		}
	}
}

const slowly = stallTimeout - time.Second

// TestLargeAnswersTakeTheirTime: what moves may take long and be large.
func TestLargeAnswersTakeTheirTime(t *testing.T) {
	const parts, part = 40, 2 * MaxBody
	talk(t, func(c net.Conn) {
		header(c)
		time.Sleep(slowly)
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", parts*part)
		for range parts {
			time.Sleep(slowly)
			_, _ = c.Write(make([]byte, part)) // the reader counts
		}
	}, func(t *testing.T, c *http.Client) {
		got, err := get(t, c, "http://store.example/")
		if len(got) != parts*part || err != nil {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
}

// zeros is a body of so many bytes that nobody holds.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func put(t *testing.T, c *http.Client, size int64) error {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://store.example/", zeros(size))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = size
	res, err := c.Do(r)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// TestLargeRequestsTakeTheirTime: nobody answers while much is sent slowly.
func TestLargeRequestsTakeTheirTime(t *testing.T) {
	const parts = 40
	talk(t, func(c net.Conn) {
		header(c)
		for range parts {
			time.Sleep(slowly / 2) // a part that was sent is in two that are read
			if _, err := io.CopyN(io.Discard, c, stallPart); err != nil {
				return // and there is no answer
			}
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}, func(t *testing.T, c *http.Client) {
		if err := put(t, c, parts*stallPart); err != nil {
			t.Error(err)
		}
	})
}

// TestStalledTransfersEnd: nothing moves, in each stage.
func TestStalledTransfersEnd(t *testing.T) {
	still := func(c net.Conn) { time.Sleep(2 * stallTimeout) }
	for name, v := range map[string]struct {
		peer func(c net.Conn)
		do   func(t *testing.T, c *http.Client) error
	}{
		"request": {still, func(t *testing.T, c *http.Client) error { return put(t, c, 1<<30) }},
		"header": {func(c net.Conn) { header(c); still(c) }, func(t *testing.T, c *http.Client) error {
			_, err := get(t, c, "http://store.example/")
			return err
		}},
		"body of a request": {func(c net.Conn) {
			header(c)
			_, _ = io.CopyN(io.Discard, c, 1<<20)
			still(c)
		}, func(t *testing.T, c *http.Client) error { return put(t, c, 1<<30) }},
		"body of an answer": {func(c net.Conn) {
			header(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
			still(c)
		}, func(t *testing.T, c *http.Client) error {
			_, err := get(t, c, "http://store.example/")
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			talk(t, v.peer, func(t *testing.T, c *http.Client) {
				begun := time.Now()
				wantFault(t, v.do(t, c), fault.Busy, "did not answer in time")
				if took := time.Since(begun); took < stallTimeout || took > stallTimeout+time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// TestSlowReaders: who takes their time with an answer is not a server that says nothing.
func TestSlowReaders(t *testing.T) {
	talk(t, func(c net.Conn) {
		header(c)
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", MaxBody)
		_, _ = c.Write(make([]byte, MaxBody)) // the reader counts
	}, func(t *testing.T, c *http.Client) {
		res, err := c.Get("http://store.example/")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		time.Sleep(10 * stallTimeout)
		if n, err := io.Copy(io.Discard, res.Body); n != MaxBody || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}

// TestLargeTransfersEndWithTheirContext: at once, in the middle.
func TestLargeTransfersEndWithTheirContext(t *testing.T) {
	talk(t, func(c net.Conn) {
		header(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
		time.Sleep(2 * stallTimeout)
	}, func(t *testing.T, c *http.Client) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://store.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		res, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if _, err = io.ReadAll(res.Body); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 4*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

// TestLargeIsNoWayAround: addresses are checked as for all others.
func TestLargeIsNoWayAround(t *testing.T) {
	s, at, roots := server(t, func(http.ResponseWriter, *http.Request) {})
	_, err := get(t, New(Config{Large: true, Roots: roots}), s.URL)
	wantFault(t, err, fault.Permission, "public internet")
	_, err = get(t, New(Config{Large: true, Hosts: []string{at}}), s.URL)
	wantFault(t, err, fault.Busy, "certificate is not trusted")
	_, err = get(t, New(Config{Large: true, Roots: roots, Hosts: []string{at}}), "http://"+at)
	wantFault(t, err, fault.Permission, "https")
	if _, err = get(t, New(Config{Large: true, Roots: roots, Hosts: []string{at}}), s.URL); err != nil {
		t.Error(err)
	}
}
