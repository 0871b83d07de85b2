package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"plectica": main})
}

// awaitStep and awaitSteps bound how long a script waits for another process.
const (
	awaitStep  = 20 * time.Millisecond
	awaitSteps = 1000
)

// await waits until another process has written a file.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	for range awaitSteps {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(awaitStep)
	}
	ts.Fatalf("%s did not appear", args[0])
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"await": await},
		Setup: func(e *testscript.Env) error {
			e.Setenv("PLECTICA_OPS_LISTEN", "127.0.0.1:0")
			e.Setenv("PLECTICA_LISTEN", "127.0.0.1:0")
			deploy, err := filepath.Abs("../../deploy")
			if err != nil {
				return err
			}
			e.Setenv("DEPLOY", deploy)
			return nil
		},
	})
}

func TestTableHasNoDoubles(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range commands() {
		if seen[c.name] || c.short == "" || c.run == nil {
			t.Errorf("command %q", c.name)
		}
		seen[c.name] = true
	}
}
