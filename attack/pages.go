package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// node runs a script of ours beside its packages; without them it says what is missing.
func (k *kit) node(ctx context.Context, t *target, script string, args ...string) (string, error) {
	folder, err := filepath.Abs("attack")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "node", append([]string{script}, args...)...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+t.ca)
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	return string(b), err
}

// packages reports whether a package of attack/package.json is here.
func packages(name string) bool {
	return isFile(filepath.Join("attack", "node_modules", name, "package.json"))
}

// cspEvaluator judges the policy of the page and of a file's.
func cspEvaluator(ctx context.Context, k *kit) (result, error) {
	if !packages("csp_evaluator") {
		return result{skipped: "csp_evaluator is not here: make attack-tools"}, nil
	}
	t, err := k.limited(ctx)
	if err != nil {
		return result{}, err
	}
	defer t.Kill()
	_, h, err := t.status(ctx, "/")
	if err != nil {
		return result{}, err
	}
	text, err := k.node(ctx, t, "csp.mjs", h.Get("Content-Security-Policy"))
	if err != nil {
		return result{}, err
	}
	var found struct {
		Version  string
		Control  int // findings in a policy that is bad
		Findings []string
	}
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return result{}, err
	}
	r := result{version: found.Version, ran: "the page's policy, and a bad one to see that it is found", findings: found.Findings, facts: fmt.Sprintf("%d findings in the bad one", found.Control)}
	if found.Control == 0 {
		r.findings = append(r.findings, "a bad policy is not found")
	}
	return r, nil
}

// observatory judges the headers. Its list of preloaded sites is not fetched: this one
// is not on it.
func observatory(ctx context.Context, k *kit) (result, error) {
	if !packages("@mdn/mdn-http-observatory") {
		return result{skipped: "mdn-http-observatory is not here: make attack-tools"}, nil
	}
	t, err := k.limited(ctx)
	if err != nil {
		return result{}, err
	}
	defer t.Kill()
	text, err := k.node(ctx, t, "observatory.mjs", "localhost", t.port, t.redirect)
	if err != nil {
		return result{}, err
	}
	var found struct {
		Version, Grade string
		Score, Tests   int
		Findings       []string
	}
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return result{}, err
	}
	return result{
		version: found.Version, ran: "all tests, over the port that redirects", findings: found.Findings,
		facts: fmt.Sprintf("grade %s, %d points, %d tests", found.Grade, found.Score, found.Tests),
	}, nil
}
