package outbound

import (
	"context"
	"errors"
	"net"
	"time"
)

// readerWaits is how much longer whoever reads waits than whoever sends.
const readerWaits = time.Second

// moving is a connection that fails when nothing moves on it for a while. What is sent
// counts for what is awaited too: during an upload no answer comes.
type moving struct{ net.Conn }

func dialMoving(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return moving{c}, nil
	}
}

// Read waits for the next bytes. Only while somebody reads does the time run.
func (m moving) Read(p []byte) (int, error) {
	if err := m.SetReadDeadline(time.Now().Add(stallTimeout)); err != nil {
		return 0, err
	}
	return m.Conn.Read(p)
}

// Write sends in parts, to see it move.
func (m moving) Write(p []byte) (sent int, err error) {
	for sent < len(p) && err == nil {
		end := time.Now().Add(stallTimeout)
		// Whoever sends is to find out first: the reader, who closes, knows less.
		if err := errors.Join(m.SetWriteDeadline(end), m.SetReadDeadline(end.Add(readerWaits))); err != nil {
			return sent, err
		}
		var n int
		n, err = m.Conn.Write(p[sent:min(len(p), sent+stallPart)])
		sent += n
	}
	return sent, err
}
