package desk

import (
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// anyOp returns an op over few objects; many of them do not apply.
func anyOp(rng *rand.Rand) sysmap.Op {
	some := func() id.Object { return id.Object{byte(rng.IntN(40))} }
	op := sysmap.Op{Kind: sysmap.OpKind(1 + rng.IntN(9)), ID: some(), Type: sysmap.Type(1 + rng.IntN(4)), A: some(), B: some()}
	op.Place = sysmap.Place{Parent: some(), Order: sysmap.Between("", "", rng.Uint64()), X: rng.Int32N(1 << 20), Y: -rng.Int32N(1 << 20)}
	op.Title, op.Body = "tïtle", "body 𝄞"
	op.Reg = sysmap.Reg{Field: sysmap.Colour, Value: sysmap.IntValue(rng.Int64N(16))}
	op.Field = sysmap.Field(1 + rng.IntN(2))
	op.Pos, op.Del, op.Ins = uint32(rng.IntN(4)), uint32(rng.IntN(3)), "né€"
	return op
}

// conversation is commits of any ops that apply, between refusals of ops that do
// not: objects of every kind, more than gestures make.
func conversation(t *testing.T) trace {
	rng, eyes := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 3))
	r := newRecorder(t, 1)
	m := sysmap.New()
	seq, refused := uint64(0), 0
	r.hello()
	r.remote(wire.Append(nil, &wire.Welcome{Epoch: 1, Role: wire.RoleEdit, Author: 1}))
	for n := range 4000 {
		ops := []sysmap.Op{anyOp(rng)}
		// The far side sees the ops as they travel.
		ops, err := sysmap.ReadOps(varint.NewReader(sysmap.AppendOps(nil, ops)), sysmap.MaxOps)
		if err != nil {
			t.Fatal(err)
		}
		if m.Apply(ops, sysmap.Stamp{}) != nil {
			refused++
			continue
		}
		seq++
		r.remote(wire.Append(nil, &wire.Commit{FromSeq: seq, Txns: []wire.Txn{{Ops: ops}}}))
		if n%100 == 0 {
			r.look(eyes)
		}
	}
	if seq < 500 || refused < 500 || r.d.Hash() != m.Hash() {
		t.Fatalf("%d committed, %d refused: the trace tests little, or the desk differs", seq, refused)
	}
	return r.end("conversation")
}

// others are recorded typing sessions beside the repository.
const others = "../../../shared/corpora/traces"

// maxPatches is how much of a recorded session is played.
const maxPatches = 1000

// session plays people's recorded typing: the first one's into the first desk, the
// others' into a second.
func session(t *testing.T, path string) trace {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var in struct {
		Txns []struct {
			Agent   int      `json:"agent"`
			Patches [][3]any `json:"patches"`
		} `json:"txns"`
	}
	if err := json.NewDecoder(gz).Decode(&in); err != nil {
		t.Fatal(err)
	}
	p := newParty(t, 2)
	p.desks[0].cmd(append(append([]byte{cmdCreate}, make([]byte, gesture.EntropySize)...), 0, 0, 0, 0, 0))
	p.exchange()
	n := 0
	for i, x := range in.Txns {
		for _, v := range x.Patches {
			p.splice(min(x.Agent, 1), uint32(v[0].(float64)), uint32(v[1].(float64)), v[2].(string))
			n++
		}
		if i%7 == 0 {
			p.exchange()
		}
		if n > maxPatches {
			break
		}
	}
	p.exchange()
	p.same()
	p.desks[0].look(rand.New(rand.NewPCG(1, 3)))
	return p.desks[0].end(filepath.Base(path))
}

// TestSameAnswersInWebAssembly: the core gives the same states, messages, journal
// entries and drawing lists natively and as WebAssembly, from the same calls.
// ui/e2e/traces.test.ts does this in a browser.
func TestSameAnswersInWebAssembly(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the core")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node here to run WebAssembly")
	}
	dir := t.TempDir()
	core := filepath.Join(dir, "core.wasm")
	build := exec.CommandContext(t.Context(), "make", "-C", "../..", "core", "CORE="+core) // as it is shipped
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	list := append(recorded(t), conversation(t))
	files, err := filepath.Glob(filepath.Join(others, "*.json.gz"))
	if err != nil || len(files) == 0 {
		t.Log("no recorded sessions beside the repository: they are left out")
	}
	for _, path := range files {
		list = append(list, session(t, path))
	}
	file := filepath.Join(dir, "traces.bin")
	if err := os.WriteFile(file, pack(list), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), node, "--no-warnings", filepath.Join("testdata", "replay.mjs"), core, file).CombinedOutput()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, out)
	}
	if diff := cmp.Diff(wants(list), string(out)); diff != "" {
		t.Errorf("-native +WebAssembly\n%s", diff)
	}
	t.Logf("\n%s", out)
}
