package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// wapiti looks for injections in pages. It does not see what scripts build, so it is
// told the API's addresses.
func wapiti(ctx context.Context, k *kit) (result, error) {
	bin, ok := k.find("wapiti")
	if !ok {
		return result{skipped: "wapiti is not here: apt-get install wapiti"}, nil
	}
	t, err := k.free(ctx)
	if err != nil {
		return result{}, err
	}
	defer t.Kill()
	out := filepath.Join(k.dir, "wapiti.json")
	args := []string{"-u", t.base + "/", "--verify-ssl", "0", "-H", t.header(), "-f", "json", "-o", out, "--flush-session", "--max-scan-time", "300", "-v", "0", "--no-bugreport", "--color"}
	for _, p := range t.asked() {
		args = append(args, "-s", t.base+p)
	}
	text, err := output(ctx, k.dir, bin, args...)
	if err != nil {
		return result{}, err
	}
	b, err := os.ReadFile(out)
	if err != nil {
		return result{}, fmt.Errorf("%w: %s", err, text)
	}
	type found struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		Info   string `json:"info"`
	}
	var report struct {
		Vulnerabilities map[string][]found `json:"vulnerabilities"`
		Anomalies       map[string][]found `json:"anomalies"`
	}
	if err := json.Unmarshal(b, &report); err != nil {
		return result{}, err
	}
	version, err := output(ctx, k.dir, bin, "--version")
	if err != nil {
		return result{}, err
	}
	r := result{version: first(versions, version), ran: fmt.Sprintf("its usual modules, signed in, on the pages and %d addresses of the API; rates lifted", len(t.asked()))}
	if err := t.asking(ctx, &r); err != nil {
		return result{}, err
	}
	for _, all := range []map[string][]found{report.Vulnerabilities, report.Anomalies} {
		for kind, list := range all {
			for _, f := range list {
				r.findings = append(r.findings, kind+": "+f.Method+" "+strings.ReplaceAll(f.Path, t.maps[0], "MAP")+" "+f.Info)
			}
		}
	}
	slices.Sort(r.findings)
	return r, nil
}

var versions = regexp.MustCompile(`(\d+\.\d+(?:\.\d+)*)`)

// leastAsked is how many requests a scanner makes at least, if it works.
const leastAsked = 300

// asking notes how often the server was asked: a scanner that asks for nothing finds
// nothing.
func (t *target) asking(ctx context.Context, r *result) error {
	n, err := t.requests(ctx)
	if err != nil {
		return err
	}
	r.facts = fmt.Sprintf("%d requests", n)
	if n < leastAsked {
		r.findings = append(r.findings, fmt.Sprintf("it asked %d times only", n))
	}
	return nil
}

// asked are addresses that take something from who asks.
func (t *target) asked() []string {
	m := t.maps[0]
	return []string{
		"/api/v1/site", "/api/v1/me", "/api/v1/maps?deleted=0", "/api/v1/maps/" + m, "/api/v1/maps/" + m + "/access", "/api/v1/maps/" + m + "/links",
		"/api/v1/maps/" + m + "/backlinks", "/api/v1/maps/" + m + "/names", "/api/v1/examples?language=en", "/api/v1/kept/seen", "/api/v1/orgs",
		"/api/v1/invitations", "/api/v1/people?with=a&after=a", "/api/v1/account", "/api/v1/account/sessions", "/api/v1/account/tokens", "/api/v1/site/orgs",
		"/signin/x/callback?state=a&code=b", "/embed/" + m, "/maps/" + m + "/file", "/maps/" + m + "/blobs/x?size=1", "/core.wasm?v=1", "/maps/" + m,
	}
}

// injection is a request with places for SQL, marked by a star.
type injection struct{ method, path, body string }

func (t *target) injections() []injection {
	m := t.maps[0]
	return []injection{
		{"GET", "/api/v1/maps?deleted=1*", ""},
		{"GET", "/api/v1/examples?language=en*", ""},
		{"GET", "/api/v1/maps/" + m + "*", ""},
		{"GET", "/api/v1/kept/seen*", ""},
		{"GET", "/maps/" + m + "/blobs/" + strings.Repeat("ab", 32) + "*?size=256*", ""},
		{"PATCH", "/api/v1/maps/" + m, `{"title":"Water*"}`},
		{"PUT", "/api/v1/maps/" + m + "/access", `{"email":"viewer@load.test*","role":"view*"}`},
		{"POST", "/api/v1/invitations/peek", `{"secret":"x*"}`},
		{"PUT", "/api/v1/kept/seen", `{"a":"b*"}`},
		{"GET", "/api/v1/people?with=ada*&after=a*", ""},
		{"POST", "/api/v1/signin", `{"email":"ada@load.test*","password":"x*"}`},
		{"POST", "/api/v1/reset", `{"secret":"x*","password":"rivers feed forty slow engines"}`},
		{"POST", "/api/v1/embeds/open", `{"map":"` + m + `*","secret":"x*","seal":"x*"}`},
		{"DELETE", "/api/v1/account/identities/x*", ""},
	}
}

const injected = "identified the following injection point"

// sqlmap tries SQL in every place. Whether it would find any is seen by a hole that was
// made for it.
func sqlmap(ctx context.Context, k *kit) (result, error) {
	bin, ok := k.find("sqlmap")
	if !ok {
		return result{skipped: "sqlmap is not here: apt-get install sqlmap"}, nil
	}
	version, err := output(ctx, k.dir, bin, "--version")
	if err != nil {
		return result{}, err
	}
	r := result{version: first(versions, version)}
	usual := []string{"--batch", "--flush-session", "--disable-coloring", "--level", "2", "--risk", "1", "--output-dir", filepath.Join(k.dir, "sqlmap"), "--dbms", "SQLite", "--threads", "4"}
	hole, stop, err := k.hole(ctx)
	if err != nil {
		return result{}, err
	}
	text, err := output(ctx, k.dir, bin, append([]string{"-u", hole + "/x?q=a"}, usual...)...)
	stop()
	if err != nil {
		return result{}, err
	}
	if !strings.Contains(text, injected) {
		r.findings = append(r.findings, "the hole that was made for it is not found")
	}
	t, err := k.free(ctx)
	if err != nil {
		return result{}, err
	}
	defer t.Kill()
	for _, v := range t.injections() {
		args := append([]string{"-u", t.base + v.path, "--method", v.method, "--headers", t.header() + "\nOrigin: " + t.base + "\nContent-Type: application/json", "--ignore-code", "401,403,404,422"}, usual...)
		if v.body != "" {
			args = append(args, "--data", v.body)
		}
		text, err := output(ctx, k.dir, bin, args...)
		if err != nil {
			return result{}, err
		}
		what := v.method + " " + strings.ReplaceAll(v.path, t.maps[0], "MAP")
		switch {
		case strings.Contains(text, injected):
			r.findings = append(r.findings, what+": injected")
		case !strings.Contains(text, "all tested parameters do not appear to be injectable"):
			r.findings = append(r.findings, what+": not tried: "+line(text, "CRITICAL"))
		}
	}
	if err := t.asking(ctx, &r); err != nil {
		return result{}, err
	}
	r.ran = fmt.Sprintf("%d addresses with marked places, signed in, rates lifted; a hole made for it is found", len(t.injections()))
	return r, nil
}

// ffuf looks for addresses that nobody linked to.
func ffuf(ctx context.Context, k *kit) (result, error) {
	bin, ok := k.find("ffuf")
	if !ok {
		return result{skipped: "ffuf is not here: apt-get install ffuf"}, nil
	}
	t, err := k.free(ctx)
	if err != nil {
		return result{}, err
	}
	defer t.Kill()
	words, n, err := k.words()
	if err != nil {
		return result{}, err
	}
	version, err := output(ctx, k.dir, bin, "-V")
	if err != nil {
		return result{}, err
	}
	r := result{version: word(line(version, "version"), 2), ran: fmt.Sprintf("%d addresses, by GET and POST, as a stranger and signed in", n)}
	for _, method := range []string{"GET", "POST"} {
		for _, cookie := range []string{"", t.header()} {
			found, err := t.fuzz(ctx, k, bin, words, method, cookie)
			if err != nil {
				return result{}, err
			}
			r.findings = append(r.findings, found...)
		}
	}
	slices.Sort(r.findings)
	r.findings = slices.Compact(r.findings)
	return r, t.asking(ctx, &r)
}

// pages are the addresses that are there beside the API, by method.
var pages = []string{
	"GET /", "GET /signin", "GET /signup", "GET /first", "GET /forgot", "GET /reset", "GET /verify", "GET /email", "GET /join", "GET /open",
	"GET /account", "GET /site", "GET /mine", "GET /shared", "GET /maps", "GET /robots.txt", "GET /sw.js",
	"GET /core.wasm", "GET /manifest.webmanifest", "GET /favicon.ico", "GET /favicon.svg", "GET /icon.svg",
	"GET /.well-known/security.txt", "GET /.well-known/change-password", "POST /csp-report",
	"GET /api/v1/kept/x", "POST /api/v1/maps/import", "GET /api/v1/openapi.json", "GET /api/v1/openapi.yaml",
}

// known are the addresses that are there: pages, and what the API says of itself.
func known() (map[string]bool, error) {
	b, err := os.ReadFile("docs/openapi.json")
	if err != nil {
		return nil, err
	}
	var api struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(b, &api); err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, v := range pages {
		out[v] = true
	}
	for path, methods := range api.Paths {
		for method := range methods {
			out[strings.ToUpper(method)+" /api/v1"+path] = true
		}
	}
	return out, nil
}

// places are where words are tried.
var places = []string{"", "api/", "api/v1/", "api/v1/maps/", "api/v1/invitations/", "api/v1/links/", ".well-known/", "assets/", "maps/x/", "debug/"}

// words writes the list of addresses.
func (k *kit) words() (file string, n int, err error) {
	b, err := os.ReadFile("attack/words.txt")
	if err != nil {
		return "", 0, err
	}
	var out strings.Builder
	for w := range strings.Lines(string(b)) {
		for _, place := range places {
			out.WriteString(place + w)
			n++
		}
	}
	file = filepath.Join(k.dir, "words")
	return file, n, os.WriteFile(file, []byte(out.String()), 0o600)
}

func (t *target) fuzz(ctx context.Context, k *kit, bin, words, method, cookie string) (findings []string, err error) {
	out := filepath.Join(k.dir, "ffuf.json")
	args := []string{"-s", "-u", t.base + "/FUZZ", "-w", words, "-X", method, "-mc", "all", "-fc", "404,405", "-of", "json", "-o", out, "-t", "20", "-H", "Origin: " + t.base}
	if cookie != "" {
		args = append(args, "-H", cookie)
	}
	text, err := output(ctx, k.dir, bin, args...)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, text)
	}
	var report struct {
		Results []struct {
			Input  map[string]string `json:"input"`
			Status int               `json:"status"`
		} `json:"results"`
	}
	if err := json.Unmarshal(b, &report); err != nil {
		return nil, err
	}
	there, err := known()
	if err != nil {
		return nil, err
	}
	if len(report.Results) == 0 {
		findings = append(findings, method+": it has seen nothing, not even what is there")
	}
	for _, v := range report.Results {
		path := "/" + v.Input["FUZZ"]
		if !there[method+" "+path] && v.Status != 301 && v.Status != 307 { // the address made tidy
			findings = append(findings, fmt.Sprintf("%s %s: %d", method, path, v.Status))
		}
	}
	return findings, nil
}
