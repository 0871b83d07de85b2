// Package load drives real sockets with many clients and measures what they
// wait for: an op from its send to its author's answer, and to its arrival at
// every other client. Its clients are thin: they hold no map and look for a mark
// in each message, so that they cost less than the server they measure. A
// Protocol says how a server is spoken to; this server's is Plectica. It never
// runs inside a server.
package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/robot"
)

// Bounds of a run.
const (
	MaxMaps     = 10_000
	MaxClients  = 25_000
	MaxOps      = 1 << 26 // of a run, over all maps
	maxOpsOfMap = 1 << 23 // of a run without a rate
	dialers     = 16      // connections being opened at once
	dialTimeout = 30 * time.Second
	writeLimit  = 10 * time.Second
	maxMessage  = 64 << 20 // bytes of one message from the server
	warmUp      = time.Second
	settleLimit = 10 * time.Second // how long the clients' first ops may take
	quietLimit  = 3 * time.Second  // at the end: after so long what has not come is lost
	pingEvery   = 30 * time.Second // a hidden page's pace
	readBuffer  = 1 << 10
)

// Protocol is how one kind of server is spoken to.
type Protocol interface {
	// Dial connects one client of a map and returns once the server has let it in.
	// A client that writes has a number below the map's writers; readers' are above.
	Dial(ctx context.Context, m, client int, writes bool) (*websocket.Conn, Line, error)
}

// Line is one client's half of a conversation. It belongs to one goroutine at a
// time.
type Line interface {
	// Op appends the message that sets the client's own key to a mark.
	Op(b, mark []byte) []byte
	// Acks returns how many of the client's ops a message answers without
	// repeating them. An op that comes back with its mark is answered by that.
	Acks(msg []byte) int
	// Ping appends a message that shows the client is there; none when b stays empty.
	Ping(b []byte) []byte
	// Text says that messages are text, not binary.
	Text() bool
}

// Config says how much.
type Config struct {
	Name     string
	Protocol Protocol
	Server   *Process // whose processor time and memory count; may be nil
	// Metrics returns the server's own figures, see Site.Metrics; may be nil.
	Metrics func(context.Context) (map[string]float64, error)

	Maps    int
	Writers int     // of each map
	Readers int     // of each map
	Rate    float64 // ops a second over all maps; 0: as fast as answers come
	Window  int     // without a rate: ops under way of each writer
	Seconds float64
	Settle  time.Duration // wait after connecting, before memory is read
	Seed    uint64
	Out     io.Writer // progress; may be nil
}

// Result is what a run found.
type Result struct {
	Name    string  `json:"name"`
	Maps    int     `json:"maps"`
	Writers int     `json:"writersPerMap"`
	Readers int     `json:"readersPerMap"`
	Rate    float64 `json:"rate"`
	Seconds float64 `json:"seconds"`

	Ops        int     `json:"ops"`
	Deliveries int     `json:"deliveries"`
	Messages   int     `json:"messages"` // a message may carry many deliveries
	Ack        Latency `json:"ackMs"`
	Cast       Latency `json:"broadcastMs"`
	Lost       int     `json:"lost"`
	Duplicates int     `json:"duplicates"`
	Unanswered int     `json:"unanswered"`
	Cut        int     `json:"cutConnections"`

	CPU           float64 `json:"serverCPUms"` // a second
	CPUPer        float64 `json:"serverCPUusPerDelivery"`
	PerCPU        float64 `json:"deliveriesPerServerCPUSecond"`
	MemoryStart   int     `json:"memoryStartKB"`
	MemoryIdle    int     `json:"memoryConnectedKB"`
	MemoryEnd     int     `json:"memoryEndKB"`
	PerConnection float64 `json:"memoryPerConnectionKB"`
	// Figures of our own server: what its memory is made of when connected, and
	// what its commits were like.
	Heap          float64 `json:"heapLiveKB,omitempty"`
	Stacks        float64 `json:"stacksKB,omitempty"`
	CommitRows    float64 `json:"rowsPerCommit,omitempty"`
	CommitBatches float64 `json:"batchesPerCommit,omitempty"`
	CommitMillis  float64 `json:"commitMs,omitempty"`
	Bare          *Bare   `json:"bareSQLite,omitempty"`

	Undisturbed *Undisturbed `json:"undisturbed,omitempty"`
}

// Undisturbed is what the same clients waited for just before, in peace.
type Undisturbed struct {
	Ack  Latency `json:"ackMs"`
	Cast Latency `json:"broadcastMs"`
}

func (c *Config) check() error {
	clients := c.Writers + c.Readers
	switch {
	case c.Maps < 1 || c.Maps > MaxMaps:
		return fmt.Errorf("maps must be from 1 to %d", MaxMaps)
	case c.Writers < 0 || c.Readers < 0 || clients < 1 || c.Maps*clients > MaxClients:
		return fmt.Errorf("there must be from 1 to %d clients in all", MaxClients)
	case c.Rate < 0 || c.Seconds <= 0 || c.Rate*c.Seconds > MaxOps:
		return errors.New("the rate or the time is out of range")
	}
	if c.Window < 1 {
		c.Window = 1
	}
	return nil
}

// Run connects all clients, drives them and says what they waited for.
func Run(ctx context.Context, c Config) (Result, error) {
	res := Result{Name: c.Name, Maps: c.Maps, Writers: c.Writers, Readers: c.Readers, Rate: c.Rate, Seconds: c.Seconds}
	if err := c.check(); err != nil {
		return res, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f := newFleet(c)
	defer f.close()
	var err error
	if res.MemoryStart, err = c.memory(); err != nil {
		return res, err
	}
	c.say("connecting %d clients", c.Maps*(c.Writers+c.Readers))
	if err := f.connect(ctx); err != nil {
		return res, err
	}
	if err := f.prepare(ctx); err != nil {
		return res, err
	}
	if !robot.Pause(ctx, c.Settle) {
		return res, ctx.Err()
	}
	if res.MemoryIdle, err = c.memory(); err != nil {
		return res, err
	}
	res.PerConnection = float64(res.MemoryIdle-res.MemoryStart) / float64(len(f.clients))
	before, err := c.metrics(ctx)
	if err != nil {
		return res, err
	}
	if err := f.measure(ctx, &res); err != nil {
		return res, err
	}
	if res.MemoryEnd, err = c.memory(); err != nil {
		return res, err
	}
	f.count(&res)
	after, err := c.metrics(ctx)
	if err != nil {
		return res, err
	}
	res.own(before, after)
	return res, nil
}

func (c *Config) metrics(ctx context.Context) (map[string]float64, error) {
	if c.Metrics == nil {
		return nil, nil
	}
	return c.Metrics(ctx)
}

// own takes what the server says of itself, before and after.
func (r *Result) own(before, after map[string]float64) {
	const kb = 1024
	r.Heap, r.Stacks = before["go_memstats_heap_alloc_bytes"]/kb, before["go_memstats_stack_inuse_bytes"]/kb
	delta := func(name string) float64 { return after[name] - before[name] }
	commits := delta("plectica_commit_seconds_count")
	if commits == 0 {
		return
	}
	r.CommitRows = delta("plectica_commit_rows_total") / commits
	r.CommitBatches = delta("plectica_commit_batches_total") / commits
	r.CommitMillis = 1000 * delta("plectica_commit_seconds_sum") / commits
}

func (c *Config) say(format string, args ...any) {
	if c.Out != nil {
		_, _ = fmt.Fprintf(c.Out, format+"\n", args...) // progress only
	}
}

func (c *Config) memory() (int, error) {
	if c.Server == nil {
		return 0, nil
	}
	return c.Server.Memory()
}

func (c *Config) cpu() (time.Duration, error) {
	if c.Server == nil {
		return 0, nil
	}
	return c.Server.CPU()
}
