package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"plectica/internal/proof"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"auditproof": main})
}

// TestStandsAlone: the program is of the standard library and package proof alone, and is built
// where there is nothing else.
func TestStandsAlone(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(string(out)); fmt.Sprint(got) != "[plectica/internal/proof plectica/cmd/auditproof]" {
		t.Errorf("it is made of %v", got)
	}
	dir := t.TempDir()
	copyGo(t, ".", filepath.Join(dir, "cmd/auditproof"))
	copyGo(t, "../../internal/proof", filepath.Join(dir, "internal/proof"))
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module plectica\n\ngo 1.26\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "auditproof"), "./cmd/auditproof")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func copyGo(t *testing.T, from, to string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(from, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v", from, err)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, filepath.Base(file)), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// signer signs as logs do, or as witnesses.
type signer struct {
	name    string
	kind    byte
	private ed25519.PrivateKey
}

func newSigner(name string, kind, seed byte) signer {
	return signer{name, kind, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))}
}

func (s signer) public() []byte {
	return append([]byte{s.kind}, s.private.Public().(ed25519.PublicKey)...)
}

func (s signer) id() []byte {
	h := sha256.Sum256(append([]byte(s.name+"\n"), s.public()...))
	return h[:4]
}

func (s signer) key() string {
	return fmt.Sprintf("%s+%x+%s", s.name, s.id(), base64.StdEncoding.EncodeToString(s.public()))
}

func (s signer) line(body string) string {
	sig := s.id()
	text := []byte(body)
	if s.kind == 4 {
		sig, text = binary.BigEndian.AppendUint64(sig, 1000), []byte("cosignature/v1\ntime 1000\n"+body)
	}
	return fmt.Sprintf("— %s %s\n", s.name, base64.StdEncoding.EncodeToString(append(sig, ed25519.Sign(s.private, text)...)))
}

// TestScripts: the program from outside.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", Setup: write})
}

// write makes a small log's files: log, altered, kept (by a witness), kept-other (what another
// log was), proof, proof-other; and the keys.
func write(e *testscript.Env) error {
	log, witness, eve := newSigner("log", 1, 1), newSigner("witness", 4, 2), newSigner("eve", 4, 3)
	e.Setenv("KEY", log.key())
	e.Setenv("WITNESS", witness.key())
	e.Setenv("EVE", eve.key())
	e.Setenv("OTHER", newSigner("log", 1, 4).key())
	var tree, other proof.Tree
	var records, kept, keptOther string
	signed := func(t *proof.Tree) string {
		root := t.Root()
		body := fmt.Sprintf("log\n%d\n%s\nat 7\n", t.Size(), base64.StdEncoding.EncodeToString(root[:]))
		return body + "\n" + log.line(body) + witness.line(body)
	}
	for i := range 4 {
		r := fmt.Sprintf(`{"act":"map.push","n":%d}`, i)
		tree.Add([]byte(r))
		other.Add([]byte(r + " "))
		records += r + "\n"
		kept += signed(&tree) + "\n"
		keptOther += signed(&other) + "\n"
	}
	head, err := json.Marshal(map[string]any{"plectica": "audit log 1", "first": 0, "parts": []string{}, "checkpoint": signed(&tree)})
	if err != nil {
		return err
	}
	hash := func(n int) proof.Hash { return proof.RecordHash(fmt.Appendf(nil, `{"act":"map.push","n":%d}`, n)) }
	var left proof.Tree
	left.AddHash(hash(0))
	left.AddHash(hash(1))
	path := []string{}
	for _, h := range []proof.Hash{hash(3), left.Root()} {
		path = append(path, base64.StdEncoding.EncodeToString(h[:]))
	}
	shown := map[string]any{"origin": "log", "key": log.key(), "size": 4, "checkpoint": signed(&tree), "record": `{"act":"map.push","n":2}`, "seq": 2, "path": path}
	good, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	shown["record"] = `{"act":"map.push","n":7}`
	bad, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		"log": string(head) + "\n" + records, "altered": string(head) + "\n" + strings.Replace(records, "2", "7", 1), "cut": string(head) + "\n" + records[:26],
		"kept": kept, "kept-other": keptOther, "proof": string(good), "proof-other": string(bad),
	} {
		if err := os.WriteFile(filepath.Join(e.WorkDir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
