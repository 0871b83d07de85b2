// People are many who edit one map of a server that this starts, so that a browser
// can be asked what one of them sees, and when; ui/bench/people.mjs asks. Each has a
// card, whose title is the time, in ms in base 36, of the edit, and a pointer that
// never rests. A line of JSON says where the map is; the end of standard input ends
// everything. Development only.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"time"

	"plectica/internal/id"
	"plectica/internal/load"
	"plectica/internal/replica"
	"plectica/internal/robot"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// How the cards lie, in 1/64 px: all fit a window of 1280 x 800.
const (
	perRow      = 7
	columnWidth = 170 * 64
	rowHeight   = 90 * 64
	pointerRate = 15 // a second; the server passes on ten
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "people:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	program := flag.String("program", "bin/plectica", "the server")
	people := flag.Int("people", 49, "who edit, each over a connection")
	rate := flag.Float64("rate", 100, "edits a second, of all together")
	flag.Parse()
	dir, err := os.MkdirTemp("", "plectica-people-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // it is in the temporary folder
	site, err := load.StartSite(ctx, *program, dir, nil, nil)
	if err != nil {
		return err
	}
	defer site.Kill()
	p, err := site.Protocol(ctx, 1, false)
	if err != nil {
		return err
	}
	where := map[string]string{"url": p.Base + "/maps/" + p.Maps[0].String(), "cookie": p.Writer}
	if err := json.NewEncoder(os.Stdout).Encode(where); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // an end for whatever reason is the end
		stop()
	}()
	server := &robot.Server{Base: p.Base, Cookie: p.Writer, TLS: p.TLS}
	var all sync.WaitGroup
	for i := range *people {
		one := person{n: i, card: robot.NewID[id.Object](), every: time.Duration(float64(*people) / *rate * float64(time.Second))}
		one.robot = robot.New(robot.Config{
			Map:  p.Maps[0],
			Dial: func(ctx context.Context) (robot.Socket, error) { return server.Dial(ctx, p.Maps[0]) }, Fetch: server.Fetch,
		})
		all.Go(func() { one.robot.Run(ctx) })
		all.Go(func() { one.edit(ctx) })
		all.Go(func() { one.wander(ctx) })
	}
	all.Wait()
	return nil
}

// person is one of the people.
type person struct {
	n     int
	card  id.Object
	robot *robot.Robot
	every time.Duration
}

func (p *person) at() (x, y int32) {
	return int32(p.n % perRow * columnWidth), int32(p.n / perRow * rowHeight)
}

// edit writes the title again and again, at random moments.
func (p *person) edit(ctx context.Context) {
	for robot.Pause(ctx, time.Duration(rand.ExpFloat64()*float64(p.every))) {
		// A refusal, as while it is not connected, is an edit less.
		_ = p.robot.Do(0, func(view *sysmap.Map) []sysmap.Op {
			now := strconv.FormatInt(time.Now().UnixMilli(), 36)
			if o := view.Get(p.card); o != nil {
				return []sysmap.Op{{Kind: sysmap.OpSplice, ID: p.card, Field: sysmap.Title, Del: uint32(len(o.Title)), Ins: now}}
			}
			x, y := p.at()
			return []sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Card, ID: p.card, Title: now, Place: sysmap.Place{Order: "V", X: x, Y: y}}}
		})
	}
}

// wander moves the pointer around the card.
func (p *person) wander(ctx context.Context) {
	for robot.Pause(ctx, time.Second/pointerRate) {
		x, y := p.at()
		here := wire.Presence{HasCursor: true, X: x + rand.Int32N(columnWidth), Y: y + rand.Int32N(rowHeight)}
		p.robot.Replica(func(r *replica.Replica) { r.SetPresence(here) })
	}
}
