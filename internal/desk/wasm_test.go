package desk

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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

// conversation returns a recorded conversation and the state it ends in: commits
// of ops that apply, between refusals of ops that do not.
func conversation(t *testing.T) (vector []byte, want sysmap.Hash) {
	rng := rand.New(rand.NewPCG(1, 2))
	add := func(b []byte) {
		vector = binary.LittleEndian.AppendUint32(vector, uint32(len(b)))
		vector = append(vector, b...)
	}
	m := sysmap.New()
	seq, refused := uint64(0), 0
	add(varint.Uint(make([]byte, 3*id.Size), 7))
	add(make([]byte, id.Size))
	add(wire.Append(nil, &wire.Welcome{Epoch: 1, Role: 2, Author: 1}))
	for range 4000 {
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
		add(wire.Append(nil, &wire.Commit{FromSeq: seq, Txns: []wire.Txn{{Ops: ops}}}))
	}
	if seq < 500 || refused < 500 {
		t.Fatalf("%d committed, %d refused: the vector tests little", seq, refused)
	}
	return vector, m.Hash()
}

// TestSameHashInWebAssembly: the core gives the same state natively and as
// WebAssembly, from the same bytes.
func TestSameHashInWebAssembly(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the core")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node here to run WebAssembly")
	}
	dir := t.TempDir()
	core := filepath.Join(dir, "core.wasm")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildmode=c-shared", "-o", core, "plectica/cmd/core")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	vector, want := conversation(t)
	file := filepath.Join(dir, "vector.bin")
	if err := os.WriteFile(file, vector, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), node, "--no-warnings", filepath.Join("testdata", "replay.mjs"), core, file).CombinedOutput()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, out)
	}
	hash := fmt.Sprintf("%08x %08x %08x %08x", uint32(want.Hi>>32), uint32(want.Hi), uint32(want.Lo>>32), uint32(want.Lo))
	if got := strings.TrimSpace(string(out)); got != hash {
		t.Errorf("WebAssembly ends in %s, native in %s", got, hash)
	}
}
