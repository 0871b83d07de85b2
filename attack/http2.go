package main

import (
	"bufio"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// h2spec asks for HTTP/2 as it is written. net/http differs from it in a few places and
// always has: only what is new beside a bare server of it, in the same run, is found.
func h2spec(ctx context.Context, k *kit) (result, error) {
	bin, ok := k.find("h2spec")
	if !ok {
		return result{skipped: "h2spec is not here: make attack-tools"}, nil
	}
	t, err := k.limited(ctx)
	if err != nil {
		return result{}, err
	}
	defer t.Kill()
	ours, passed, err := k.h2cases(ctx, bin, t.port)
	if err != nil {
		return result{}, err
	}
	bare := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("a page\n", 100))) // the reader may go away
	}))
	bare.Config.ErrorLog = log.New(io.Discard, "", 0)
	bare.EnableHTTP2 = true
	bare.StartTLS()
	defer bare.Close()
	u, err := url.Parse(bare.URL)
	if err != nil {
		return result{}, err
	}
	theirs, barePassed, err := k.h2cases(ctx, bin, u.Port())
	if err != nil {
		return result{}, err
	}
	r := result{
		version: moduleVersion(ctx, bin), ran: "all cases in strict mode, and the same against a bare net/http",
		facts: fmt.Sprintf("%d pass and %d fail, of net/http %d and %d", passed, len(ours), barePassed, len(theirs)),
	}
	fresh := func(failed []string) []string {
		return slices.DeleteFunc(failed, func(c string) bool { return slices.Contains(theirs, c) })
	}
	if r.findings = fresh(ours); len(r.findings) > 0 { // a case that waits may wait in vain on a busy machine
		again, _, err := k.h2cases(ctx, bin, t.port)
		if err != nil {
			return result{}, err
		}
		r.findings = slices.DeleteFunc(r.findings, func(c string) bool { return !slices.Contains(again, c) })
	}
	if passed == 0 {
		r.findings = append(r.findings, "no case passed")
	}
	return r, nil
}

// h2cases returns the cases that fail, and how many pass.
func (k *kit) h2cases(ctx context.Context, bin, port string) (failed []string, passed int, err error) {
	out := filepath.Join(k.dir, "h2spec-"+port+".xml")
	text, err := output(ctx, k.dir, bin, "-t", "-k", "-S", "-h", "127.0.0.1", "-p", port, "-o", "3", "-j", out)
	if err != nil {
		return nil, 0, err
	}
	b, err := os.ReadFile(out)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %s", err, text)
	}
	var all struct {
		Suites []struct {
			Cases []struct {
				Section string    `xml:"package,attr"`
				Class   string    `xml:"classname,attr"`
				Name    string    `xml:"name,attr"`
				Failure *struct{} `xml:"failure"`
				Error   *struct{} `xml:"error"`
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(b, &all); err != nil {
		return nil, 0, err
	}
	for _, s := range all.Suites {
		for _, c := range s.Cases {
			switch {
			case c.Failure != nil || c.Error != nil:
				failed = append(failed, strings.TrimSpace(c.Section+" "+c.Class+": "+c.Name))
			case c.Skipped == nil:
				passed++
			}
		}
	}
	return failed, passed, nil
}

var (
	h2codes  = regexp.MustCompile(`status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx`)
	h2lost   = regexp.MustCompile(`(\d+) failed, (\d+) errored, (\d+) timeout`)
	h2second = regexp.MustCompile(`([\d.]+) req/s`)
)

// h2load sends more than the rates allow: what comes beyond is refused, nothing is lost
// or broken, and others are served meanwhile. It is no verdict about security.
func h2load(ctx context.Context, k *kit) (result, error) {
	bin, ok := k.find("h2load")
	if !ok {
		return result{skipped: "h2load is not here: apt-get install nghttp2-client"}, nil
	}
	t, err := k.limited(ctx)
	if err != nil {
		return result{}, err
	}
	defer t.Kill()
	version, err := output(ctx, k.dir, bin, "--version")
	if err != nil {
		return result{}, err
	}
	r := result{version: strings.TrimPrefix(word(version, 1), "nghttp2/"), ran: "10,000 requests by 50 connections of 10 streams, of the page and of the API"}
	var facts []string
	for _, path := range []string{"/", "/api/v1/site"} {
		p := t.probe(ctx)
		text, err := output(ctx, k.dir, bin, "-n", "10000", "-c", "50", "-m", "10", t.base+path)
		p50, p99, failed := p.end()
		if err != nil {
			return result{}, err
		}
		codes, lost := numbers(h2codes, text), numbers(h2lost, text)
		if len(codes) != 4 || len(lost) != 3 {
			return result{}, fmt.Errorf("h2load says %s", text)
		}
		if codes[3] > 0 || lost[1] > 0 || lost[2] > 0 {
			r.findings = append(r.findings, fmt.Sprintf("%s: %s, %s", path, line(text, "status codes"), line(text, "requests:")))
		}
		if limited := codes[2] > 0; limited != (path != "/") {
			r.findings = append(r.findings, fmt.Sprintf("%s: %d refused", path, codes[2]))
		}
		for _, f := range failed {
			r.findings = append(r.findings, path+": somebody else's page: "+f)
		}
		facts = append(facts, fmt.Sprintf("%s: %s/s, %d served, %d refused, others' pages p50 %d ms, p99 %d ms", path, first(h2second, text), codes[0], codes[2], p50.Milliseconds(), p99.Milliseconds()))
	}
	r.facts = strings.Join(facts, "; ")
	return r, nil
}

func first(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return "?"
}

func numbers(re *regexp.Regexp, text string) (out []int) {
	for sc := bufio.NewScanner(strings.NewReader(text)); sc.Scan(); {
		m := re.FindStringSubmatch(sc.Text())
		for i := 1; i < len(m); i++ {
			n, err := strconv.Atoi(m[i])
			if err != nil {
				return nil
			}
			out = append(out, n)
		}
	}
	return out
}
