package sim

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/seq"
	"plectica/internal/seq/seqtest"
	"plectica/internal/sysmap"
)

// tracesDir holds recorded typing sessions of others; they are not part of the
// repository.
const tracesDir = "../../../shared/corpora/traces"

type trace struct {
	EndContent string `json:"endContent"`
	NumAgents  int    `json:"numAgents"`
	Txns       []struct {
		Parents []int               `json:"parents"`
		Agent   int                 `json:"agent"`
		Patches [][]json.RawMessage `json:"patches"`
	} `json:"txns"`
}

func readTrace(t *testing.T, path string) trace {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out trace
	if err := json.NewDecoder(gz).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// table is a sequencer and replicas joined by queues that the test empties.
type table struct {
	*seqtest.Table
	t    *testing.T
	reps []*replica.Replica
}

var theText = sysmap.Where{Card: id.Object{1}, Field: sysmap.Body}

func newTable(t *testing.T, n int) *table {
	b := &table{Table: seqtest.New(t, seq.Config{}, n), t: t}
	for i := range n {
		r := replica.New(replica.Config{Client: id.Client{byte(i + 1)}})
		b.reps = append(b.reps, r)
		b.Queue.Add(seq.Event{Kind: seq.Enter, Conn: seq.Conn(i + 1), Role: authz.Edit})
		b.Upload(i, r.Hello(id.Nonce{}, 0))
		b.download(i)
	}
	_, n1, err := b.reps[0].Do(0, []sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Card, ID: theText.Card,
		Place: sysmap.Place{Order: sysmap.Between("", "", 1)}}})
	if err != nil {
		t.Fatal(err)
	}
	b.reps[0].Persisted(n1)
	b.exchange()
	return b
}

func (b *table) download(i int) {
	for _, msg := range b.In[i] {
		if res, err := b.reps[i].Remote(msg, 0); err != nil || res.Close {
			b.t.Fatalf("replica %d refused a message: %v", i, err)
		}
	}
	b.In[i] = nil
}

// exchange lets one replica, or all, send and receive until nothing moves.
func (b *table) exchange(who ...int) {
	if len(who) == 0 {
		for i := range b.reps {
			who = append(who, i)
		}
	}
	for moved := true; moved; {
		moved = false
		for _, i := range who {
			b.download(i)
			if msg := b.reps[i].Outbox(0); len(msg) > 0 {
				moved = true
				b.Upload(i, msg)
			}
			moved = moved || len(b.In[i]) > 0
		}
	}
}

// patch types one recorded edit into a replica.
func (b *table) patch(i int, raw []json.RawMessage) {
	var pos, del uint32
	var ins string
	for j, v := range []any{&pos, &del, &ins} {
		if err := json.Unmarshal(raw[j], v); err != nil {
			b.t.Fatal(err)
		}
	}
	ins = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, ins)
	n := uint32(utf8.RuneCountInString(b.reps[i].View().Text(theText)))
	pos = min(pos, n)
	del = min(del, n-pos)
	if del == 0 && ins == "" {
		return
	}
	op := sysmap.Op{Kind: sysmap.OpSplice, ID: theText.Card, Field: theText.Field, Pos: pos, Del: del, Ins: ins}
	_, nr, err := b.reps[i].Do(7, []sysmap.Op{op})
	if err != nil {
		b.t.Fatal(err)
	}
	b.reps[i].Persisted(nr)
}

// TestTracesConverge: TX-1. People's recorded typing, replayed through real
// replicas into one card: each sees the others' edits when the recording says so,
// and all end with one text. What one person typed alone ends as recorded.
func TestTracesConverge(t *testing.T) {
	if testing.Short() {
		t.Skip("long sessions; not in a short run")
	}
	files, err := filepath.Glob(filepath.Join(tracesDir, "*.json.gz"))
	if err != nil || len(files) == 0 {
		t.Skip("no recorded traces beside the repository")
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			tr := readTrace(t, path)
			b := newTable(t, max(1, tr.NumAgents))
			for n, x := range tr.Txns {
				for _, p := range x.Parents {
					if tr.Txns[p].Agent != x.Agent {
						b.exchange(tr.Txns[p].Agent, x.Agent)
					}
				}
				for _, raw := range x.Patches {
					b.patch(x.Agent, raw)
				}
				if tr.NumAgents == 0 && n%8 == 0 {
					b.exchange()
				}
			}
			b.exchange()
			want := b.Room.State().Text(theText)
			for i, r := range b.reps {
				if got := r.View().Text(theText); got != want || r.Hash() != b.Room.State().Hash() {
					t.Errorf("replica %d ended with another text: %d bytes, the server has %d", i, len(got), len(want))
				}
			}
			if tr.NumAgents == 0 && want != tr.EndContent {
				t.Errorf("the text is not as recorded: %d bytes, want %d", len(want), len(tr.EndContent))
			}
			t.Logf("%d transactions, %d bytes at the end, recorded %d", len(tr.Txns), len(want), len(tr.EndContent))
		})
	}
}
