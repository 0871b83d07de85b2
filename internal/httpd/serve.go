package httpd

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"

	"plectica/internal/whence"
)

// Deadlines and bounds of everything that is not a socket: a hijacked
// connection sets its own.
const (
	readHeaderTimeout = 5 * time.Second // of a handshake too
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10

	// HTTP/2 has many requests on one connection: each has the deadlines above, and the
	// connection has to live. A peer that is asked after so long and does not answer, or
	// takes no byte, is gone.
	pingAfter        = 30 * time.Second
	pingTimeout      = 15 * time.Second
	writeByteTimeout = 15 * time.Second
	maxStreams       = 100
	maxReadFrame     = 64 << 10 // bytes; a buffer of that size may stay with a connection
)

// deadlines are those above; tests have shorter ones.
type deadlines struct {
	header, read, write, idle, ping, pong, bytes time.Duration
}

func usualDeadlines() deadlines {
	return deadlines{
		header: readHeaderTimeout, read: readTimeout, write: writeTimeout, idle: idleTimeout,
		ping: pingAfter, pong: pingTimeout, bytes: writeByteTimeout,
	}
}

// NewServer returns a server with all deadlines set.
func NewServer(h http.Handler, t *tls.Config, log *slog.Logger) *http.Server {
	return usualDeadlines().server(h, t, log)
}

func (d deadlines) server(h http.Handler, t *tls.Config, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		TLSConfig:         t,
		ReadHeaderTimeout: d.header,
		ReadTimeout:       d.read,
		WriteTimeout:      d.write,
		IdleTimeout:       d.idle,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       whence.Context,
		// OPTIONS * is recorded like all others.
		DisableGeneralOptionsHandler: true,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: maxStreams, MaxReadFrameSize: maxReadFrame,
			SendPingTimeout: d.ping, PingTimeout: d.pong, WriteByteTimeout: d.bytes,
		},
		// Mostly strangers' broken handshakes.
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
