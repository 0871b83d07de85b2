package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plectica/internal/datadir"
	"plectica/internal/evidence"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/robot"
	"plectica/internal/sysmap"
)

// leg is some rounds on one server with data of its own: what it leaves is checked
// as a whole and thrown away.
type leg struct {
	run     *run
	stage   stage
	dir     string
	site    *site
	crew    []*member
	checker *evidence.Checker
}

// member is one client.
type member struct {
	of    id.Map
	robot *robot.Robot
	tape  *evidence.Tape
	acked atomic.Uint64 // the highest csn
	acks  atomic.Int64
}

// play runs a leg of so many rounds.
func (r *run) play(ctx context.Context, n, rounds int, st stage) (err error) {
	l := &leg{run: r, stage: st, dir: filepath.Join(r.cfg.Dir, fmt.Sprintf("leg-%d", n))}
	if err := os.Mkdir(l.dir, 0o700); err != nil {
		return fault.Wrap(fault.Internal, "make the leg's folder", err)
	}
	defer func() { err = errors.Join(err, l.clear(err != nil && !errors.Is(err, context.Canceled))) }()
	if st.small {
		if err := mountSmall(l.dir, smallDisk); err != nil {
			l.stage.small = false
			return err
		}
	}
	binary, socket := r.cfg.Binary, ""
	if st.faulty {
		binary, socket = r.cfg.FaultyBinary, filepath.Join(r.cfg.Dir, "faults")
	}
	if l.site, err = newSite(ctx, binary, l.dir, socket); err != nil {
		return err
	}
	defer l.site.close()
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	typing, stop := context.WithCancel(ctx)
	defer stop()
	if err := l.people(ctx, typing, &all); err != nil {
		return err
	}
	archiving, enough := context.WithCancel(ctx)
	defer enough()
	rng := rand.New(rand.NewPCG(r.rng.Uint64(), 3))
	var archives sync.WaitGroup
	archives.Go(func() { l.archive(archiving, r.cfg.Binary, rng) })
	defer archives.Wait()
	defer enough()
	for range rounds {
		if err := l.round(ctx); err != nil {
			return err
		}
	}
	stop()
	enough()
	archives.Wait()
	return l.finish(ctx)
}

// people makes the maps and lets clients type in them.
func (l *leg) people(ctx, typing context.Context, all *sync.WaitGroup) error {
	n := min(mapsPerLeg, l.run.cfg.Clients)
	maps, err := l.site.setUp(ctx, n)
	if err != nil {
		return err
	}
	start := time.Now()
	clock := func() int64 { return int64(time.Since(start)) }
	tapes := make([]*evidence.Tape, l.run.cfg.Clients)
	for i := range l.run.cfg.Clients {
		m, client := maps[i%n], robot.NewID[id.Client]()
		k := &member{of: m, tape: evidence.NewTape(evidence.ID(m), evidence.ID(client), clock)}
		k.robot = robot.New(robot.Config{
			Account: l.site.account, Map: m, Client: client, Trace: k.tape,
			Dial:  func(ctx context.Context) (robot.Socket, error) { return l.site.server().Dial(ctx, m) },
			Fetch: func(ctx context.Context, url string) ([]byte, error) { return l.site.server().Fetch(ctx, url) },
			OnAck: func(a robot.Ack) { k.acks.Add(1); k.acked.Store(max(a.CSN, k.acked.Load())) },
		})
		l.crew, tapes[i] = append(l.crew, k), k.tape
		t := &typist{robot: k.robot, client: evidence.ID(client), rng: rand.New(rand.NewPCG(l.run.rng.Uint64(), 1))}
		all.Go(func() { k.robot.Run(ctx) })
		all.Go(func() { t.run(typing) })
	}
	l.checker = evidence.New(filepath.Join(l.dir, datadir.Database), tapes)
	return l.serves(ctx)
}

// round does some faults at once, and waits until the server serves everyone again.
func (l *leg) round(ctx context.Context) error {
	r := l.run
	modes := draw(r.rng, l.stage.modes)
	before := l.acks()
	if !robot.Pause(ctx, between(r.rng, minCalm, maxCalm)) {
		return ctx.Err()
	}
	faults, errs := make([]int, len(modes)), make([]error, len(modes))
	var all sync.WaitGroup
	for i, m := range modes {
		rng := rand.New(rand.NewPCG(r.rng.Uint64(), 2))
		all.Go(func() { faults[i], errs[i] = l.inject(ctx, m, modes, rng) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%v: %w", modes, err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	healed := time.Now()
	if !l.site.process().alive() {
		if !slices.Contains(modes, Kill) {
			return errEnded(l.site.process())
		}
		if err := l.site.start(ctx); err != nil {
			return err
		}
	}
	if err := l.serves(ctx); err != nil {
		return fmt.Errorf("after %v: %w", modes, err)
	}
	took := time.Since(healed)
	r.recovered = append(r.recovered, took)
	if took > slowly {
		r.say("round %d: served again %v after %v\n", r.res.Rounds+1, took.Round(time.Millisecond), modes)
	}
	if err := l.checker.Check(ctx); err != nil {
		return err
	}
	r.note(modes, faults, l.acks()-before)
	return l.found(modes)
}

// found turns what the checker found into an error, which ends the run.
func (l *leg) found(where any) error {
	got := l.checker.Report()
	l.run.leg = got
	if got.Lost+got.Twice+len(got.Bad) == 0 {
		return nil
	}
	l.run.res.Bad = append(l.run.res.Bad, got.Bad...)
	return fault.New(fault.Internal, fmt.Sprintf("after %v the history is wrong", where))
}

func (l *leg) acks() int {
	n := int64(0)
	for _, k := range l.crew {
		n += k.acks.Load()
	}
	return int(n)
}

// serves waits until every client was told that something is saved which it sent
// from now on.
func (l *leg) serves(ctx context.Context) error {
	marks := make([]uint64, len(l.crew))
	for i, k := range l.crew {
		marks[i] = k.tape.Last()
	}
	deadline := time.Now().Add(serveLimit)
	for i := 0; i < len(l.crew); {
		k := l.crew[i]
		if err := k.robot.Err(); err != nil {
			return fault.Wrap(fault.Internal, "a client does not understand the server", err)
		}
		if k.acked.Load() > marks[i] {
			i++
			continue
		}
		if time.Now().After(deadline) {
			return fault.New(fault.Internal, fmt.Sprintf("the server does not serve client %d of %d again", i, len(l.crew)))
		}
		if !robot.Pause(ctx, lookEvery) {
			return ctx.Err()
		}
	}
	return nil
}

// finish waits until all clients agree, and checks everything a last time: what
// they saw by the history's own reading, the log's content by the server's.
func (l *leg) finish(ctx context.Context) error {
	deadline := time.Now().Add(restLimit)
	for !l.agreed() {
		if time.Now().After(deadline) {
			return fault.New(fault.Internal, "the clients do not come to rest")
		}
		if !robot.Pause(ctx, lookEvery) {
			return ctx.Err()
		}
	}
	if err := l.checker.Final(ctx); err != nil {
		return err
	}
	if err := l.found("the last round"); err != nil {
		return err
	}
	l.site.process().kill()
	return l.kept(ctx)
}

// agreed reports whether nothing waits anywhere and all at a map have one state.
func (l *leg) agreed() bool {
	type state struct {
		hash sysmap.Hash
		head uint64
	}
	first := make(map[id.Map]state)
	for _, k := range l.crew {
		if k.robot.Err() != nil || !k.robot.Settled() {
			return false
		}
		var s state
		k.robot.Replica(func(x *replica.Replica) { s = state{x.Hash(), x.Head()} })
		if was, ok := first[k.of]; ok && was != s {
			return false
		}
		first[k.of] = s
	}
	return true
}

// clear removes the leg's data. What something was found in is kept beside it.
func (l *leg) clear(keep bool) error {
	var err error
	if keep {
		err = l.keep()
	}
	if l.stage.small {
		err = errors.Join(err, unmount(l.dir))
	}
	if rerr := errors.Join(os.RemoveAll(l.dir), os.RemoveAll(l.places())); rerr != nil {
		err = errors.Join(err, fault.Wrap(fault.Internal, "remove the leg's folder", rerr))
	}
	return err
}

// keep copies the database and its log beside the leg's folder.
func (l *leg) keep() error {
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(l.dir, datadir.Database+end))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(l.dir+".db"+end, b, 0o600)
		}
		if err != nil {
			return fault.Wrap(fault.Internal, "keep the leg's data", err)
		}
	}
	return nil
}
