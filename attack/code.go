package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// gosec looks for what is often wrong in Go.
func gosec(ctx context.Context, k *kit) (result, error) {
	bin, ok := k.find("gosec")
	if !ok {
		return result{skipped: "gosec is not here: make attack-tools"}, nil
	}
	out := filepath.Join(k.dir, "gosec.json")
	text, err := output(ctx, ".", bin, "-quiet", "-fmt", "json", "-out", out, "./...")
	if err != nil {
		return result{}, err
	}
	b, err := os.ReadFile(out)
	if err != nil {
		return result{}, fmt.Errorf("%w: %s", err, text)
	}
	var report struct {
		Issues []struct {
			Rule    string `json:"rule_id"`
			Details string `json:"details"`
			File    string `json:"file"`
		}
		Stats struct{ Files, Lines int }
	}
	if err := json.Unmarshal(b, &report); err != nil {
		return result{}, err
	}
	root, err := os.Getwd()
	if err != nil {
		return result{}, err
	}
	r := result{version: moduleVersion(ctx, bin), ran: "all rules, all packages", facts: fmt.Sprintf("%d files, %d lines", report.Stats.Files, report.Stats.Lines)}
	for _, i := range report.Issues {
		r.findings = append(r.findings, i.Rule+" "+strings.TrimPrefix(i.File, root+"/")+": "+i.Details)
	}
	slices.Sort(r.findings)
	if report.Stats.Files == 0 {
		r.findings = append(r.findings, "it has seen no file")
	}
	return r, nil
}

// moduleVersion is of which version of its module a program was built.
func moduleVersion(ctx context.Context, bin string) string {
	b, err := exec.CommandContext(ctx, "go", "version", "-m", bin).Output()
	if err != nil {
		return "unknown"
	}
	return word(line(string(b), "\tmod\t"), 2)
}

// staticcheck looks for mistakes.
func staticcheck(ctx context.Context, k *kit) (result, error) {
	bin, ok := k.find("staticcheck")
	if !ok {
		return result{skipped: "staticcheck is not here: make attack-tools"}, nil
	}
	text, err := output(ctx, ".", bin, "./...")
	if err != nil {
		return result{}, err
	}
	r := result{version: moduleVersion(ctx, bin), ran: "its usual checks, all packages and tests"}
	for l := range strings.Lines(text) {
		r.findings = append(r.findings, strings.TrimSpace(l))
	}
	return r, nil
}

// govulncheck looks for modules with known holes that our code reaches. Its list is a
// copy: it says nothing of what became known later.
func govulncheck(ctx context.Context, k *kit) (result, error) {
	bin, ok := k.find("govulncheck")
	if !ok {
		return result{skipped: "govulncheck is not here: make attack-tools"}, nil
	}
	if !isFile(k.vulndb) {
		return result{skipped: "there is no copy of golang/vulndb (VULNDB=db.tar.xz)"}, nil
	}
	if text, err := output(ctx, ".", "tar", "-xJf", k.vulndb, "-C", k.dir); err != nil {
		return result{}, fmt.Errorf("%w: %s", err, text)
	}
	db := "file://" + filepath.Join(k.dir, "db")
	text, err := output(ctx, ".", bin, "-db", db, "./...")
	if err != nil {
		return result{}, err
	}
	r := result{version: moduleVersion(ctx, bin), ran: "all packages, against golang/vulndb (CC-BY-4.0) as copied; a module with a known hole is found"}
	for l := range strings.Lines(text) {
		if strings.HasPrefix(l, "Vulnerability #") {
			r.findings = append(r.findings, strings.TrimSpace(l))
		}
	}
	if !strings.Contains(text, "No vulnerabilities found") && len(r.findings) == 0 {
		r.findings = append(r.findings, "it did not finish: "+text)
	}
	found, err := k.control(ctx, bin, db)
	if err != nil {
		return result{}, err
	}
	if !found {
		r.findings = append(r.findings, "GO-2021-0113 is not found where it is")
	}
	if latest, err := os.ReadFile(filepath.Join(k.dir, "db", "index", "db.json")); err == nil {
		var meta struct{ Modified string }
		if json.Unmarshal(latest, &meta) == nil {
			r.facts = "as of " + strings.SplitN(meta.Modified, "T", 2)[0]
		}
	}
	return r, nil
}

// control is a module that reaches a hole that has long been known.
func (k *kit) control(ctx context.Context, bin, db string) (found bool, err error) {
	dir := filepath.Join(k.dir, "control")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return false, err
	}
	for name, text := range map[string]string{
		"go.mod":  "module control\n\ngo 1.26.0\n\nrequire golang.org/x/text v0.3.5\n",
		"main.go": "package main\n\nimport \"golang.org/x/text/language\"\n\nfunc main() { _, _ = language.Parse(\"en\") }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return false, err
		}
	}
	if text, err := output(ctx, dir, "go", "mod", "tidy"); err != nil {
		return false, fmt.Errorf("%w: %s", err, text)
	}
	text, err := output(ctx, dir, bin, "-db", db, ".")
	return strings.Contains(text, "GO-2021-0113"), err
}
