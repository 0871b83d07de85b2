package intake

import (
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are pipes.
type pipes struct{ conns chan net.Conn }

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return nil }

func TestConnectionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipes{conns: make(chan net.Conn, 3)}
		for range 3 {
			c, _ := net.Pipe()
			p.conns <- c
		}
		l := Limit(p, Bounds{Open: 2})
		got := make(chan net.Conn, 3)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					close(got)
					return
				}
				got <- c
			}
		}()
		synctest.Wait()
		if len(got) != 2 {
			t.Fatalf("%d connections at once", len(got))
		}
		first := <-got
		_ = first.Close() // a pipe
		_ = first.Close() // twice gives back one slot
		synctest.Wait()
		if len(got) != 2 {
			t.Errorf("%d connections after one closed", len(got))
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
	})
}

// elsewhere is a connection that comes from an address.
type elsewhere struct {
	net.Conn
	from *net.TCPAddr
}

func (c elsewhere) RemoteAddr() net.Addr { return c.from }

// TestAddressesAreBounded: LM-6, what one address opens, at once and each second, is
// bounded, and nobody else hears of it.
func TestAddressesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipes{conns: make(chan net.Conn)}
		refused := 0
		l := Limit(p, Bounds{
			Open: 200, OpenEach: 20, NewEach: 2, Refused: func() { refused++ },
			Exempt: func(a netip.Addr) bool { return a == netip.MustParseAddr("192.0.2.99") },
		})
		var open []net.Conn
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				open = append(open, c)
			}
		}()
		want := func(from string, taken, refuses int) {
			t.Helper()
			had, before := len(open), refused
			for range taken + refuses {
				c, _ := net.Pipe()
				p.conns <- elsewhere{c, &net.TCPAddr{IP: net.ParseIP(from)}}
			}
			synctest.Wait()
			if len(open)-had != taken || refused-before != refuses {
				t.Errorf("%s: %d taken, %d refused, want %d and %d", from, len(open)-had, refused-before, taken, refuses)
			}
		}
		want("192.0.2.1", 2*burstSeconds, 3)
		want("192.0.2.2", 2*burstSeconds, 1)
		want("2001:db8::1", 2*burstSeconds, 0)
		want("2001:db8::2", 0, 1) // the same household
		time.Sleep(time.Second)
		want("192.0.2.1", 2, 1)
		time.Sleep(time.Hour)
		want("192.0.2.1", 2, 3) // twenty are open
		_ = open[0].Close()     // a pipe
		_ = open[0].Close()     // twice is once
		want("192.0.2.1", 1, 1)
		want("192.0.2.99", 50, 0) // a proxy's are many people's
		for _, c := range open {
			_ = c.Close() // pipes
		}
		if left := len(l.(*limited).open); left != 0 {
			t.Errorf("%d addresses are remembered", left)
		}
		close(p.conns) // the loop waits for one more
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}
