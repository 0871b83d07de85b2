// Command peers measures other collaboration servers beside this one: each is
// started in a process of its own, behind TLS with the same certificate, and
// driven by the same clients with the same load, one after the other. Their
// packages are installed for development only and are no part of the product.
// It is for a quiet machine.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/load"
)

// The order is ours last: what the machine does meanwhile hits each alike over
// several rounds.
var servers = [...]string{"yjs", "hocuspocus", "tldraw", "plectica"}

// bench is one run.
type bench struct {
	program string // plectica
	folder  string // of server.mjs and its packages
	scratch string
	load.Config
	Rounds  int
	rates   []float64
	servers []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	b := bench{Config: load.Config{Maps: 1, Settle: time.Second, Seed: 1}}
	flag.StringVar(&b.program, "program", "bin/plectica", "this server")
	flag.StringVar(&b.folder, "folder", "bench/peers", "where server.mjs and its packages are")
	flag.IntVar(&b.Writers, "writers", 50, "writers of the one map")
	flag.IntVar(&b.Readers, "readers", 0, "readers of it; only for our server they have no right to write")
	flag.IntVar(&b.Window, "window", 16, "ops under way of each writer when the rate is 0")
	flag.Float64Var(&b.Seconds, "seconds", 10, "of each measurement")
	flag.IntVar(&b.Rounds, "rounds", 3, "measurements of each, of which the median counts")
	rates := flag.String("rates", "100,400,0", "ops a second; 0 is as fast as answers come")
	only := flag.String("only", "", "measure these servers alone, separated by commas")
	flag.Parse()
	if err := b.choose(*rates, *only); err != nil {
		return err
	}
	var err error
	if b.scratch, err = os.MkdirTemp("", "plectica-peers-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.scratch) }() // it is in the temporary folder
	for _, rate := range b.rates {
		b.Rate = rate
		if err := b.compare(ctx); err != nil {
			return err
		}
	}
	return nil
}

// choose reads which loads and servers are wanted.
func (b *bench) choose(rates, only string) error {
	for text := range strings.SplitSeq(rates, ",") {
		r, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return err
		}
		b.rates = append(b.rates, r)
	}
	for _, name := range servers {
		if only == "" || slices.Contains(strings.Split(only, ","), name) {
			b.servers = append(b.servers, name)
		}
	}
	return nil
}

// compare measures every server under one load and prints a table.
func (b *bench) compare(ctx context.Context) error {
	results := make(map[string][]load.Result)
	for round := range b.Rounds {
		for _, name := range b.servers {
			r, err := b.one(ctx, name, round)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			results[name] = append(results[name], r)
		}
	}
	what := fmt.Sprintf("%.0f ops/s", b.Rate)
	if b.Rate == 0 {
		what = fmt.Sprintf("as fast as it goes, %d ops under way of each writer", b.Window)
	}
	fmt.Printf("\n%d writers, %s, %d rounds of %.0f s\n\n", b.Writers, what, b.Rounds, b.Seconds)
	fmt.Println("| server | ops/s | broadcast p50/p99 ms | ack p50/p99 ms | CPU ms/s | us CPU a delivery | deliveries a CPU second | lost | MB |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, name := range b.servers {
		fmt.Println(row(name, results[name]))
	}
	return nil
}

// one starts a server, drives it and ends it.
func (b *bench) one(ctx context.Context, name string, round int) (load.Result, error) {
	dir := filepath.Join(b.scratch, fmt.Sprintf("%s-%.0f-%d", name, b.Rate, round))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return load.Result{}, err
	}
	c := b.Config
	c.Name = name
	// Ours runs, idle, beside each of the others: the certificate all use is its own.
	site, err := load.StartSite(ctx, b.program, dir, []string{"--unlimited"}, nil)
	if err != nil {
		return load.Result{}, err
	}
	defer site.Kill()
	if name == "plectica" {
		if c.Protocol, err = site.Protocol(ctx, 1, c.Readers > 0); err != nil {
			return load.Result{}, err
		}
		c.Server = site.Process()
		return load.Run(ctx, c)
	}
	p, err := b.start(ctx, name, dir)
	if err != nil {
		return load.Result{}, err
	}
	defer p.end()
	c.Protocol, c.Server = p, &load.Process{PID: p.cmd.Process.Pid}
	return load.Run(ctx, c)
}

// peer is another server that runs.
type peer struct {
	name   string
	cmd    *exec.Cmd
	tls    *tls.Config
	Port   int             `json:"port"`
	Schema json.RawMessage `json:"schema"`
}

func (b *bench) start(ctx context.Context, name, dir string) (*peer, error) {
	ca, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		return nil, err
	}
	p := &peer{name: name}
	p.tls, _ = load.Trusting(ca)
	p.cmd = exec.CommandContext(ctx, "node", "server.mjs", name, filepath.Join(dir, load.CertificateFile))
	p.cmd.Dir, p.cmd.Stderr = b.folder, os.Stderr
	p.cmd.Env = append(os.Environ(), "NODE_ENV=production")
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	first, err := bufio.NewReaderSize(out, 1<<20).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(first, p)
	}
	if err != nil {
		p.end()
		return nil, err
	}
	return p, nil
}

func (p *peer) end() {
	_ = p.cmd.Process.Kill() // it may have ended
	_ = p.cmd.Wait()         // killed
}

// Dial implements load.Protocol.
func (p *peer) Dial(ctx context.Context, m, client int, _ bool) (*websocket.Conn, load.Line, error) {
	const patience = 30 * time.Second
	d := websocket.Dialer{TLSClientConfig: p.tls, HandshakeTimeout: patience}
	url := fmt.Sprintf("wss://localhost:%d/map%d?session=s%d-%d", p.Port, m, m, client)
	c, _, err := d.DialContext(ctx, url, nil)
	if err != nil {
		return nil, nil, err
	}
	_ = c.SetReadDeadline(time.Now().Add(patience)) // a closed connection says so when read
	line, err := p.greet(c, m, client)
	if err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return c, line, c.SetReadDeadline(time.Time{})
}

func (p *peer) greet(c *websocket.Conn, m, client int) (load.Line, error) {
	switch p.name {
	case "tldraw":
		l := &tldrawLine{key: fmt.Sprintf("w%d", client)}
		return l, l.greet(c, p.Schema)
	case "hocuspocus":
		l := newYLine(fmt.Sprintf("map%d", m))
		return l, l.greetHocuspocus(c)
	}
	l := newYLine("")
	return l, await(c, func(b []byte) bool { return len(b) > 0 && b[0] == syncMessage })
}
