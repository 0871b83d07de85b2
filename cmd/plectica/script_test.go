package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"plectica/internal/audit"
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

// TestEveryCommandIsRecorded: AU-1. A command is in the table of records, or among those that
// touch no installation.
func TestEveryCommandIsRecorded(t *testing.T) {
	table, apart := audit.Commands(), audit.ApartCommands()
	for _, c := range commands() {
		if (table[c.name] == "") != slices.Contains(apart, c.name) {
			t.Errorf("command %q", c.name)
		}
		delete(table, c.name)
	}
	if len(table) > 0 {
		t.Errorf("no such commands: %v", table)
	}
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
