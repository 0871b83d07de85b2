// Package evidence checks what clients saw of a server against the log the server
// left. It shares no code with the server: it reads frames and the database by
// itself, as far as it must, and trusts neither. It never writes. A Tape is safe
// for concurrent use; a Checker belongs to one goroutine.
package evidence

import (
	"sync"

	"plectica/internal/fault"
)

// Bounds of one tape.
const (
	maxMessages = 200_000   // between two checks
	maxBytes    = 256 << 20 // of them
)

// ID is 16 bytes that name a map, a client or an account.
type ID [16]byte

// Tape is what one client sent and received. Times are what its clock says, which
// is one for all tapes of a history and never goes back.
type Tape struct {
	Map, Client ID
	clock       func() int64

	mu       sync.Mutex
	conn     int              // connections so far
	hello    int64            // when the present one said Hello
	sent     map[uint64]int64 // csn: when it was first sent
	last     uint64           // the highest csn sent
	messages []message        // since the last check
	bytes    int
	over     bool // more came than fits
}

// message is one message as it came.
type message struct {
	conn      int
	hello, at int64
	bytes     []byte
}

// NewTape returns an empty tape.
func NewTape(m, client ID, clock func() int64) *Tape {
	return &Tape{Map: m, Client: client, clock: clock, sent: make(map[uint64]int64)}
}

// Hello notes a new connection, before anything is sent on it.
func (t *Tape) Hello() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conn++
	t.hello = t.clock()
}

// Pushed notes a transaction, before it is sent.
func (t *Tape) Pushed(csn uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, again := t.sent[csn]; !again {
		t.sent[csn] = t.clock()
	}
	t.last = max(t.last, csn)
}

// Received notes a message; the tape keeps b.
func (t *Tape) Received(b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over = t.over || len(t.messages) == maxMessages || t.bytes+len(b) > maxBytes; t.over {
		return
	}
	t.messages = append(t.messages, message{t.conn, t.hello, t.clock(), b})
	t.bytes += len(b)
}

// Last returns the highest csn sent so far.
func (t *Tape) Last() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

// take empties the tape of messages.
func (t *Tape) take() ([]message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return nil, fault.New(fault.Limit, "more came than a tape holds between two checks")
	}
	out := t.messages
	t.messages, t.bytes = nil, 0
	return out, nil
}

// sentAt returns when a csn was first sent.
func (t *Tape) sentAt(csn uint64) (int64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, ok := t.sent[csn]
	return at, ok
}
