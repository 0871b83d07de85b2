// Command slim takes out of the browser's core what only stack traces read: the
// names of functions and files, and the tables from instructions to lines. They
// are a sixth of what a page has to load, and the page shows no traces. The format
// is that of the one linker go.mod allows; anything else is refused, and the
// tests of the core run on what comes out.
//
// The tables are described in the Go source, runtime/symtab.go and
// runtime/runtime2.go.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fail(errors.New("usage: slim FILE"))
	}
	in, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	out, err := slim(in)
	if err != nil {
		fail(err)
	}
	if err := os.WriteFile(os.Args[1], out, 0o644); err != nil { //nolint:gosec // a file for everyone to load
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "slim:", err)
	os.Exit(1)
}

// slim returns a module that does the same without its tables for stack traces.
func slim(module []byte) ([]byte, error) {
	m, err := read(module)
	if err != nil {
		return nil, err
	}
	t, err := find(m.memory)
	if err != nil {
		return nil, err
	}
	if err := t.strip(); err != nil {
		return nil, err
	}
	return m.write(), nil
}
