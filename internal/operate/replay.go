package operate

import (
	"context"
	"errors"
	"time"

	"plectica/internal/backup"
	"plectica/internal/config"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/store/sqlstore"
)

// replayRooms is how many maps are held at once while changes are put in.
const replayRooms = 64

// replay puts what was done after an archive into what was restored from it.
type replay struct {
	st     *sqlstore.Store
	db     Database
	since  int64 // when the archive was made: tables from before it are older than its own
	to     int64 // up to when, milliseconds since 1970
	rooms  map[id.Map]*seq.Room
	tables []store.Rows // the last ones not after to that can be put in
	schema int          // of later ones, which cannot; 0: there are none
	ops    int
	gaps   map[id.Map]bool // changes are missing; those after them cannot be put in
	over   map[id.Map]bool // the first change after to was seen
}

// replayTo brings a restored data directory forward from when its archive was made, with the
// changes that a place has, up to a time, and notes what that was and what is missing.
func replayTo(ctx context.Context, c config.Config, p backup.Place, keys backup.Private, made int64, to time.Time, out *Restored) error {
	db, err := DatabaseOf(c)
	if err != nil {
		return err
	}
	st, err := db.Open(ctx)
	if err != nil {
		return err
	}
	r := &replay{st: st, db: db, since: made, to: to.UnixMilli(), rooms: make(map[id.Map]*seq.Room), gaps: make(map[id.Map]bool), over: make(map[id.Map]bool)}
	// A change may have been sent a while after it was made, or by another clock.
	read, err := backup.Replay(ctx, p, keys, made-time.Hour.Milliseconds(), r)
	if err == nil {
		err = r.adopt(ctx)
	}
	if err = errors.Join(err, st.Close()); err == nil {
		err = r.replaceTables(ctx)
	}
	out.Later, out.Gaps, out.Schema, out.Damaged = r.ops, len(r.gaps), r.schema, read.Damaged
	return err
}

// Log implements archive.Changes.
func (r *replay) Log(ctx context.Context, m id.Map, hash string, rows []store.Row) error {
	if len(rows) > 0 && rows[0].At > r.to {
		r.over[m] = true // before a map is made that there was not
	}
	if r.gaps[m] || r.over[m] {
		return nil
	}
	room, rec, err := r.open(ctx, m)
	if err != nil {
		return err
	}
	b := store.Batch{Map: m, Epoch: rec.Epoch, Head: rec.Head}
	for _, row := range rows {
		if row.Seq <= rec.Head {
			continue // the archive has it
		}
		if row.At > r.to { // and what follows, even if the clock was set back
			r.over[m] = true
			break
		}
		if row.Seq != room.Head()+1 {
			r.gaps[m] = true
			break
		}
		if err := room.Load(row); err != nil {
			return err
		}
		if b.Rows = append(b.Rows, row); len(b.Rows) == store.MaxCommitRows {
			if err := r.append(ctx, room, &b); err != nil {
				return err
			}
		}
	}
	if err := r.append(ctx, room, &b); err != nil {
		return err
	}
	whole := len(rows) > 0 && room.Head() == rows[len(rows)-1].Seq
	if whole && hash != "" && hashText(room.State()) != hash {
		return fault.New(fault.Internal, "map "+m.String()+" comes to another state than it had")
	}
	return nil
}

// append makes rows that a room has loaded part of the log.
func (r *replay) append(ctx context.Context, room *seq.Room, b *store.Batch) error {
	if len(b.Rows) == 0 {
		return nil
	}
	b.Hash = room.State().Hash().Bytes()
	if err := r.st.Append(ctx, []store.Batch{*b})[0]; err != nil {
		return err
	}
	r.ops += len(b.Rows)
	b.Head, b.Rows = b.Head+uint64(len(b.Rows)), nil
	return nil
}

// open returns a map as far as its log goes, and its record.
func (r *replay) open(ctx context.Context, m id.Map) (*seq.Room, store.Room, error) {
	if room := r.rooms[m]; room != nil {
		rec, err := r.st.Room(ctx, m)
		return room, rec, err
	}
	rec, err := r.st.Acquire(ctx, m, "restore")
	if err != nil {
		return nil, rec, err
	}
	past := history.Source{Store: r.st}
	room, err := past.Open(ctx, seq.Config{Map: m}, rec)
	if err != nil {
		return nil, rec, err
	}
	if len(r.rooms) >= replayRooms {
		clear(r.rooms) // they are folded again if need be
	}
	r.rooms[m] = room
	return room, rec, nil
}

// Tables implements archive.Changes.
func (r *replay) Tables(_ context.Context, at int64, schema int, rows []store.Rows) error {
	switch {
	case at > r.to, at < r.since:
	case schema != r.db.Newest():
		r.schema = schema
	default:
		r.tables, r.schema = rows, 0
	}
	return nil
}

// replaceTables puts the last tables in.
func (r *replay) replaceTables(ctx context.Context) error {
	if r.tables == nil {
		return nil
	}
	return r.db.replace(ctx, append(r.tables, lapsed()...))
}

// lapsed are the tables that are emptied when others are replaced: they may refer to what
// is gone since, or let somebody in who was signed out.
func lapsed() []store.Rows {
	var out []store.Rows
	for _, name := range []string{"session", "ticket", "visit"} {
		out = append(out, store.Rows{Table: store.Table{Name: name}})
	}
	return out
}

// adopt gives maps whose changes came before anything else was told of them to who made
// the first change.
func (r *replay) adopt(ctx context.Context) error {
	for after := (id.Map{}); ; {
		list, err := r.st.Rooms(ctx, after, verifyPage)
		if err != nil {
			return err
		}
		for _, v := range list {
			after = v.Map
			if v.Head == 0 || r.knows(v.Map) {
				continue
			}
			if _, err := r.st.Map(ctx, v.Map); !fault.Is(err, fault.NotFound) {
				if err != nil {
					return err
				}
				continue
			}
			if err := r.give(ctx, v.Map); err != nil {
				return err
			}
		}
		if len(list) < verifyPage {
			return nil
		}
	}
}

// knows reports whether the tables that are put in have a map.
func (r *replay) knows(m id.Map) bool {
	for _, t := range r.tables {
		if t.Name != "map" {
			continue
		}
		for _, values := range t.Rows {
			if b, ok := values[0].([]byte); ok && string(b) == string(m[:]) {
				return true
			}
		}
	}
	return false
}

// recoveredTitle is what a map is called whose name was not kept.
const recoveredTitle = "Recovered map"

func (r *replay) give(ctx context.Context, m id.Map) error {
	begins := uint64(0)
	if base, err := r.st.Base(ctx, m); err == nil {
		begins = base.Seq
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	first, err := r.st.Read(ctx, m, begins, 1)
	if err != nil || len(first) == 0 {
		return err
	}
	who, at := first[0].Actor, first[0].At
	if _, err := r.st.Account(ctx, who); err != nil {
		return nil // nobody could have it
	}
	return r.st.CreateMap(ctx, store.Map{ID: m, Title: recoveredTitle, Created: at, Updated: at}, who)
}
