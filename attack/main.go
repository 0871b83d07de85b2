// Command attack turns the tools that attackers use on a server of its own, with an
// account, maps and a sign-in, and writes what they found to a page. A finding is
// mended or has its reason in explained.toml; one without, and a reason without its
// finding, fail the run. A tool that is not here is skipped, in words. It never leaves
// this machine, and attacks nothing that it has not started itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// toolLimit bounds one run of one tool.
const toolLimit = 15 * time.Minute

// result is what a tool did.
type result struct {
	tool, version string
	ran           string   // what was run, in words
	facts         string   // figures, where there are any
	findings      []string // one line each, equal ones together
	skipped       string   // why nothing was run
}

// attack is one tool's turn.
type attack struct {
	name string
	run  func(ctx context.Context, k *kit) (result, error)
}

func attacks() []attack {
	return []attack{
		{"testssl.sh", testssl}, {"sslscan", sslscan}, {"slowhttptest", slow}, {"h2spec", h2spec}, {"h2load", h2load},
		{"wapiti", wapiti}, {"sqlmap", sqlmap}, {"ffuf", ffuf}, {"csp_evaluator", cspEvaluator}, {"mdn-http-observatory", observatory},
		{"gosec", gosec}, {"staticcheck", staticcheck}, {"govulncheck", govulncheck},
	}
}

// kit is what every tool's turn has.
type kit struct {
	program, tools, vulndb string
	dir                    string // scratch
}

// find returns a tool's path, of our own folder first.
func (k *kit) find(name string) (string, bool) {
	if p := filepath.Join(k.tools, name); isFile(p) {
		return p, true
	}
	p, err := exec.LookPath(name)
	return p, err == nil
}

func isFile(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.Mode().IsRegular()
}

// output runs a program and returns all that it said; how it ended is not an error,
// since most end badly when they found something.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, toolLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	b, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); ended && ctx.Err() == nil {
		err = nil
	}
	return string(b), err
}

// line returns the first line of a text that has a part, trimmed.
func line(text, part string) string {
	for l := range strings.Lines(text) {
		if strings.Contains(l, part) {
			return strings.TrimSpace(l)
		}
	}
	return ""
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

func run(ctx context.Context) error {
	k := &kit{}
	var only, out string
	flag.StringVar(&k.program, "program", "bin/plectica", "the server")
	flag.StringVar(&k.tools, "tools", "bin/tools", "where tools are beside the system's")
	flag.StringVar(&k.vulndb, "vulndb", "../shared/vulndb/db.tar.xz", "golang/vulndb, packed")
	flag.StringVar(&only, "only", "", "tools to run, separated by commas; the page is printed")
	flag.StringVar(&out, "out", "docs/security/attack.md", "the page")
	flag.Parse()
	var err error
	if k.dir, err = os.MkdirTemp("", "plectica-attack-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(k.dir) }() // it is in the temporary folder
	if k.tools, err = filepath.Abs(k.tools); err != nil {
		return err
	}
	reasons, err := readReasons("attack/explained.toml")
	if err != nil {
		return err
	}
	var all []result
	for _, a := range attacks() {
		if only != "" && !slices.Contains(strings.Split(only, ","), a.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, a.name, "…")
		r, err := a.run(ctx, k)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		r.tool = a.name
		all = append(all, r)
		fmt.Fprintf(os.Stderr, "    %s%s, %d findings\n", r.skipped, r.facts, len(r.findings))
	}
	page, open := write(all, reasons, time.Now())
	if only != "" {
		fmt.Print(page)
	} else if err := os.WriteFile(out, []byte(page), 0o644); err != nil {
		return err
	}
	if len(open) > 0 {
		return errors.New("not explained:\n  " + strings.Join(open, "\n  "))
	}
	return nil
}
