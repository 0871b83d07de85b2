package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	// slowConnections are opened in each mode, so many a second.
	slowConnections, slowRate = "400", "200"
	// slowSeconds is how long a mode lasts.
	slowSeconds = "40"
	// proberBar is how long a page of somebody else may take meanwhile, 99 of 100.
	proberBar = 500 * time.Millisecond
	// afterwards is how long the server may take until it is as before, longer than its
	// longest deadline.
	afterwards = 90 * time.Second
	// leftOver is how many goroutines more than before are nothing.
	leftOver = 20
)

// slow holds many connections as slowly as they go. What the tool calls connected are
// the system's sockets, so the server's goroutines are counted, and somebody else's
// pages must stay quick.
func slow(ctx context.Context, k *kit) (result, error) {
	bin, ok := k.find("slowhttptest")
	if !ok {
		return result{skipped: "slowhttptest is not here: apt-get install slowhttptest"}, nil
	}
	t, err := k.limited(ctx)
	if err != nil {
		return result{}, err
	}
	defer t.Kill()
	version, err := output(ctx, k.dir, bin, "-h")
	if err != nil {
		return result{}, err
	}
	r := result{version: word(line(version, "version"), -1+len(strings.Fields(line(version, "version")))), ran: slowConnections + " connections with slow headers, bodies, reads, ranges, each for " + slowSeconds + " s"}
	var facts []string
	for _, mode := range [][]string{
		{"headers", "-H"}, {"body", "-B"}, {"read", "-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"}, {"range", "-R"},
	} {
		fact, findings, err := t.slowly(ctx, bin, mode[0], mode[1:])
		if err != nil {
			return result{}, err
		}
		facts, r.findings = append(facts, fact), append(r.findings, findings...)
	}
	r.facts = strings.Join(facts, "; ")
	return r, nil
}

// slowly runs one mode.
func (t *target) slowly(ctx context.Context, bin, mode string, flags []string) (fact string, findings []string, err error) {
	before, err := t.goroutines(ctx)
	if err != nil {
		return "", nil, err
	}
	watch, stop := context.WithCancel(ctx)
	peak := make(chan float64, 1)
	go func() {
		most := 0.0
		for watch.Err() == nil {
			if n, err := t.goroutines(watch); err == nil {
				most = max(most, n)
			}
			time.Sleep(time.Second)
		}
		peak <- most
	}()
	p := t.probe(ctx)
	path := "/"
	switch mode {
	case "body":
		path = "/api/v1/signin"
	case "read":
		path = "/core.wasm" // more than buffers hold
	}
	args := append(flags, "-c", slowConnections, "-r", slowRate, "-i", "2", "-l", slowSeconds, "-p", "3", "-u", t.base+path)
	text, err := output(ctx, t.Dir, bin, args...)
	p50, p99, failed := p.end()
	stop()
	if err != nil {
		return "", nil, fmt.Errorf("%w: %s", err, text)
	}
	most := <-peak
	for _, f := range failed {
		findings = append(findings, mode+": somebody else's page: "+f)
	}
	if p99 > proberBar {
		findings = append(findings, fmt.Sprintf("%s: somebody else's page took %v", mode, p99.Round(time.Millisecond)))
	}
	took, after, err := t.calm(ctx, before)
	if err != nil {
		return "", nil, err
	}
	if after > before+leftOver {
		findings = append(findings, fmt.Sprintf("%s: %v goroutines are left, %v before", mode, after, before))
	}
	return fmt.Sprintf("%s: others' pages p50 %d ms, p99 %d ms, goroutines %v, at most %v, %v again after %.0f s",
		mode, p50.Milliseconds(), p99.Milliseconds(), before, most, after, took.Seconds()), findings, nil
}

// calm waits until the server is as before, or long enough.
func (t *target) calm(ctx context.Context, before float64) (took time.Duration, after float64, err error) {
	for began := time.Now(); ; time.Sleep(time.Second) {
		if after, err = t.goroutines(ctx); err != nil || after <= before+leftOver || time.Since(began) > afterwards {
			return time.Since(began), after, err
		}
	}
}

func (t *target) goroutines(ctx context.Context) (float64, error) {
	m, err := t.Metrics(ctx)
	return m["go_goroutines"], err
}
