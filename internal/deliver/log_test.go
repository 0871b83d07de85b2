package deliver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
)

const origin = "plectica.example.org"

// noon is when the tests' records begin; they are an hour apart every 500.
const noon = 1_790_000_000_000

// hostile is a text that tries to end, colour or turn whatever it stands in.
const hostile = "x\r\n<13>1 - - - - - - forged\x1b[31m \"]\\ \u202egnp.exe \u2066 \x00 \u0085 \u2028 \xff 9 <14>1 é 😀"

// testLog is a log in memory.
type testLog struct {
	mu     sync.Mutex
	events []audit.Event
	first  uint64 // that is still kept
	broken bool
}

func (l *testLog) Head(context.Context) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return 0, fault.New(fault.Busy, "no log")
	}
	return uint64(len(l.events)), nil
}

func (l *testLog) Read(_ context.Context, from uint64, limit int) ([]audit.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if from < l.first {
		return nil, fault.New(fault.Gone, "trimmed")
	}
	return l.events[from:min(from+uint64(limit), uint64(len(l.events)))], nil
}

func (l *testLog) add(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	acts := audit.Acts()
	for range n {
		seq := uint64(len(l.events))
		e := audit.Event{
			Seq: seq, At: noon + int64(seq)*int64(time.Hour/time.Millisecond)/500, Act: acts[int(seq)%len(acts)],
			By: audit.Who{Kind: audit.Person, Alias: fmt.Sprintf("a%d", seq%7)}, Result: audit.OK, Request: fmt.Sprintf("r%d", seq),
			From: audit.From{Addr: netip.MustParseAddr("192.0.2.7"), Agent: "Mozilla/5.0"},
		}
		e.By.ID[0] = byte(seq)
		if seq%11 == 0 {
			e.From.Agent, e.By.Alias, e.On = hostile, hostile, audit.Object{Sort: "map", ID: hostile}
			e.Result, e.Code = audit.Refused, hostile
		}
		l.events = append(l.events, e)
	}
}

func (l *testLog) trim(first uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.first = first
}

// cut brings the log back to an earlier state.
func (l *testLog) cut(head int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = l.events[:head]
}

// memory keeps positions.
type memory struct {
	mu     sync.Mutex
	kept   map[string][]byte
	saves  int
	broken bool
}

func (m *memory) Memory(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if data, ok := m.kept[name]; ok {
		return data, nil
	}
	return nil, fault.New(fault.NotFound, "nothing")
}

func (m *memory) Remember(_ context.Context, name string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return fault.New(fault.Busy, "no store")
	}
	if m.kept == nil {
		m.kept = map[string][]byte{}
	}
	m.kept[name], m.saves = data, m.saves+1
	return nil
}

// saved is how often something was.
func (m *memory) saved() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.saves
}

// got is what a receiver reads of a record.
type got struct {
	Class    int   `json:"class_uid"`
	Time     int64 `json:"time"`
	Metadata struct {
		UID  string `json:"uid"`
		Seq  uint64 `json:"sequence"`
		Code string `json:"event_code"`
	} `json:"metadata"`
	Unmapped struct {
		From, To, Count uint64
	} `json:"unmapped"`
	raw string
}

func read(t *testing.T, line []byte) got {
	t.Helper()
	var g got
	if err := json.Unmarshal(line, &g); err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	for _, c := range line {
		if c < ' ' || c > '~' {
			t.Fatalf("a character that is not printed as it is: %q", line)
		}
	}
	g.raw = string(line)
	return g
}

// inOrder returns the ids that arrived, without what came twice, and fails unless those that
// came twice were the same and nothing came after something that follows it for the first time.
func inOrder(t *testing.T, all []got) (ids []string) {
	t.Helper()
	have := map[string]string{}
	for _, g := range all {
		if was, twice := have[g.Metadata.UID]; twice {
			if was != g.raw {
				t.Fatalf("%s came twice and was not the same:\n%s\n%s", g.Metadata.UID, was, g.raw)
			}
			continue
		}
		have[g.Metadata.UID] = g.raw
		ids = append(ids, g.Metadata.UID)
	}
	return ids
}

// numbers are the ids of records from one on up to, and not including, another.
func numbers(from, to int) (out []string) {
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("%s/%d", origin, i))
	}
	return out
}

// isNotice reports whether an id is of a gap, and not of a record.
func isNotice(uid string) bool { return strings.Count(uid, "/") > 1 }
