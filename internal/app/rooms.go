package app

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/audit"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/httpd"
	"plectica/internal/id"
	"plectica/internal/peer"
	"plectica/internal/room"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/throttle"
)

// Parts is what live maps are made from.
type Parts struct {
	Log       store.Log
	Committer *store.Committer
	Audit     *audit.Log
	// Load folds a map's log into a room; nil folds all of it.
	Load func(ctx context.Context, c seq.Config, rec store.Room) (*seq.Room, error)
	// Links keeps which cards lead to which maps.
	Links   func(ctx context.Context, from id.Map, epoch uint64, links []store.Link) error
	Metrics prometheus.Registerer
	Logger  *slog.Logger
	// Node names this server in the store.
	Node string
	Now  func() time.Time
	// Brake slows down who changes maps faster than they should.
	Brake *throttle.Brake
	// Unlimited lifts the rates of connections.
	Unlimited bool
}

// Rooms is what live maps bring. Each field may be nil.
type Rooms struct {
	Socket, Snapshot httpd.MapHandler
	CopyLog          func(ctx context.Context, from, to id.Map, actor id.Account) error
	Fill             func(ctx context.Context, to id.Map, actor id.Account, ops []sysmap.Op) error
	Copy             func(ctx context.Context, m id.Map, names func(id.Account) string) ([]sysmap.Op, error)
	// Recheck hears of what may have changed somebody's rights.
	Recheck func(refs []store.Ref)
	// Run, if set, works until ctx ends.
	Run func(ctx context.Context)
	// Drain tells the sockets, lets what was accepted be committed, and closes
	// them; it returns by ctx's end. The committer still works meanwhile.
	Drain func(ctx context.Context) error
}

// liveRooms makes the live maps of a server.
func liveRooms(p Parts) Rooms {
	m := newRoomMetrics(p.Metrics)
	rooms := room.New(room.Config{
		Store: p.Log, Append: p.Committer.Append, Node: p.Node, Now: p.Now, Log: p.Logger, Load: p.Load, Links: p.Links, Audit: p.Audit,
		Count: func(peers, bytes int) {
			m.deliveries.Add(float64(peers))
			m.bytes.Add(float64(peers * bytes))
		},
	})
	p.Metrics.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Name: "plectica_rooms_open", Help: "Maps that are open."},
		func() float64 { return float64(rooms.Open()) }))
	up := peer.NewUpgrader()
	panicked := func(stack []byte) {
		p.Logger.LogAttrs(context.Background(), slog.LevelError, "a socket panicked", slog.String("stack", string(stack)))
	}
	return Rooms{
		Socket: func(w http.ResponseWriter, r *http.Request, who caller.Visitor, at id.Map) {
			c, err := up.Upgrade(w, r)
			if err != nil {
				return // the upgrader has answered
			}
			guest := room.Guest{
				Account: who.Account, Name: who.Name, Key: who.Key, Also: who.Also, Role: who.Role, Recheck: who.Still,
				Record: recordOf(r, who),
			}
			// How a connection ended is between it and its room.
			seat, err := rooms.Enter(at, guest, peer.New(peer.Config{
				Conn: c, OnCut: m.cut.Inc, OnPanic: panicked, Unlimited: p.Unlimited,
				Slow: func() time.Duration { return p.Brake.Take(p.Now(), braked(who.Account, who.Key)) },
			}))
			if err != nil {
				return
			}
			// The request's buffers and its grown stack go with the request.
			m.sockets.Inc()
			seat.Start(m.sockets.Dec)
		},
		Snapshot: func(w http.ResponseWriter, r *http.Request, _ caller.Visitor, m id.Map) {
			serveSnapshot(w, r, rooms, m)
		},
		CopyLog: func(ctx context.Context, from, to id.Map, actor id.Account) error {
			return copyMap(ctx, rooms, p, from, to, actor)
		},
		Fill: func(ctx context.Context, to id.Map, actor id.Account, ops []sysmap.Op) error {
			return fillMap(ctx, p, to, actor, ops)
		},
		Copy:    rooms.Copy,
		Recheck: rooms.Recheck,
		Drain:   rooms.Drain,
	}
}

// braked is how somebody is called who is slowed down: an account, or a visit by a link.
func braked(a id.Account, key store.Ref) string {
	if key.Sort == store.SortVisit {
		return throttle.OfVisit(key.ID)
	}
	return throttle.OfAccount(a)
}

// recordOf is how what a visitor does at a map is recorded.
func recordOf(r *http.Request, who caller.Visitor) audit.Event {
	e := audit.Event{By: audit.Who{Kind: audit.Person, ID: who.Account}, Org: who.Org, From: httpd.WhereFrom(r), Session: audit.SessionOf(who.Key)}
	switch who.Key.Sort {
	case store.SortVisit:
		e.By.Kind = audit.Visitor
	case store.SortToken:
		e.Add("program", 1)
	}
	return e
}

// recheck passes on what may have changed somebody's rights.
func (s *server) recheck(refs []store.Ref) {
	if s.rooms.Recheck != nil {
		s.rooms.Recheck(refs)
	}
	s.leases.Recheck(refs)
}

type roomMetrics struct {
	sockets           prometheus.Gauge
	cut               prometheus.Counter
	deliveries, bytes prometheus.Counter
}

func newRoomMetrics(r prometheus.Registerer) roomMetrics {
	m := roomMetrics{
		sockets:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "plectica_sockets", Help: "Live connections."}),
		cut:        prometheus.NewCounter(prometheus.CounterOpts{Name: "plectica_peers_cut_total", Help: "Connections cut because they did not keep up."}),
		deliveries: prometheus.NewCounter(prometheus.CounterOpts{Name: "plectica_deliveries_total", Help: "Commits handed to connections."}),
		bytes:      prometheus.NewCounter(prometheus.CounterOpts{Name: "plectica_delivered_bytes_total", Help: "Bytes of commits handed to connections."}),
	}
	r.MustRegister(m.sockets, m.cut, m.deliveries, m.bytes)
	return m
}

// serveSnapshot sends a snapshot by its content's name, so it may be kept for
// ever; only by the one browser, since it is private.
func serveSnapshot(w http.ResponseWriter, r *http.Request, rooms *room.Rooms, m id.Map) {
	b, ok := rooms.Snapshot(m, r.PathValue("seq")+"/"+r.PathValue("hash"))
	if !ok {
		http.Error(w, "this snapshot is not kept any more; connect again", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Encoding", "gzip")
	h.Set("Cache-Control", "no-store")
	_ = httpd.WriteParts(w, w, b) // who went away needs nothing
}

// copyMap makes a map's living content the first transaction of another, new one.
func copyMap(ctx context.Context, rooms *room.Rooms, p Parts, from, to id.Map, actor id.Account) error {
	ops, err := rooms.Copy(ctx, from, nil)
	if err != nil {
		return err
	}
	return fillMap(ctx, p, to, actor, ops)
}

// fillMap writes the log of a new map. Ops that do not hold are refused with the
// model's kind.
func fillMap(ctx context.Context, p Parts, to id.Map, actor id.Account, ops []sysmap.Op) error {
	if len(ops) == 0 {
		return nil
	}
	rec, err := p.Log.Acquire(ctx, to, p.Node)
	if err != nil {
		return err
	}
	if rec.Head != 0 {
		return fault.New(fault.Conflict, "the new map is not empty")
	}
	if cards(ops) > seq.DefaultCards {
		return fault.New(fault.Limit, "the map has more cards than a map can hold")
	}
	now := p.Now().UnixMilli()
	batch := store.Batch{Map: to, Epoch: rec.Epoch}
	state := sysmap.New()
	for part := range slices.Chunk(ops, copyOps) {
		if err := state.Apply(part, sysmap.Stamp{By: actor, At: now}); err != nil {
			return err
		}
		n := uint64(len(batch.Rows)) + 1
		batch.Rows = append(batch.Rows, store.Row{
			Seq: n, OpID: store.NewOpID(id.Client{}, n), Actor: actor, At: now, Data: seq.EncodeRow(part),
		})
	}
	batch.Hash = state.Hash().Bytes()
	return p.Committer.Append(ctx, batch)
}

// cards returns how many cards ops make.
func cards(ops []sysmap.Op) (n int) {
	for i := range ops {
		if ops[i].Kind == sysmap.OpPut && ops[i].Type == sysmap.Card {
			n++
		}
	}
	return n
}

// copyOps is how many ops of a copied map go into one transaction.
const copyOps = 2000
