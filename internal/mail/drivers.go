package mail

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"plectica/internal/fault"
)

// None sends nothing.
type None struct{}

// Enabled implements Driver.
func (None) Enabled() bool { return false }

// Name implements Driver.
func (None) Name() string { return "none" }

// Open implements Driver.
func (None) Open(context.Context) (Carrier, error) {
	return nil, fault.New(fault.Invalid, "this site sends no mail")
}

// Log shows mail to whoever develops or tries this site, instead of sending it.
type Log struct {
	log *slog.Logger
	mu  sync.Mutex
	out io.Writer
}

// NewLog returns a driver that notes in log that there was a mail, and writes its
// link or code to out, which is the terminal: what is logged is kept and read by others,
// so neither an address nor a link nor a code goes there.
func NewLog(log *slog.Logger, out io.Writer) *Log { return &Log{log: log, out: out} }

// Enabled implements Driver.
func (*Log) Enabled() bool { return true }

// Name implements Driver.
func (*Log) Name() string { return "log" }

// Open implements Driver.
func (l *Log) Open(context.Context) (Carrier, error) { return l, nil }

// Send implements Carrier.
func (l *Log) Send(ctx context.Context, m Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	text := fmt.Sprintf("\n  Mail to %s: %s\n", m.To, m.Subject)
	if m.Link != "" {
		text += "    " + m.Link + "\n"
	}
	if m.Code != "" {
		text += "    " + m.Code + "\n"
	}
	l.mu.Lock()
	_, err := io.WriteString(l.out, text)
	l.mu.Unlock()
	if err != nil {
		return fault.New(fault.Busy, "the terminal takes no text")
	}
	l.log.LogAttrs(ctx, slog.LevelInfo, "a mail was written", slog.String("kind", string(m.Kind)))
	return nil
}

// Close implements Carrier.
func (*Log) Close() {}
