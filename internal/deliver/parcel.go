package deliver

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
)

const (
	// parcelRecords and parcelBytes bound what is handed over at once.
	parcelRecords = 500
	parcelBytes   = 1 << 20
)

// parcel is what is handed over at once. It stays as it is until it was taken, so that what
// comes twice is the same.
type parcel struct {
	id    string
	next  uint64 // where the stream goes on after it
	items []item
	full  bool // there was more than fits
}

// item is a record as it goes out.
type item struct {
	id, act, by string
	result      audit.Result
	gap         bool
	at          int64
	json        []byte
}

// itemOf is a record as an item.
func itemOf(e *audit.Event, origin string) item {
	return item{
		id: idOf(origin, e.Seq), act: string(e.Act), by: string(e.By.Kind) + ":" + nameOf(e.By),
		result: e.Result, at: e.At, json: Encode(e, origin),
	}
}

// idOf is a record's name, wherever and however often it is delivered.
func idOf(origin string, seq uint64) string { return origin + "/" + strconv.FormatUint(seq, 10) }

// nameOf says who somebody is: the account or visit, or what records call them once nobody
// can tell any more.
func nameOf(w audit.Who) string {
	if !id.IsZero(w.ID) {
		return id.Format(w.ID)
	}
	return cmp.Or(w.Alias, string(w.Kind), unknown)
}

// pack makes a parcel of records that lie together from a position on, without those that are
// not wanted: of none there may be any left.
func pack(events []audit.Event, position uint64, origin string, wants func(audit.Act) bool) (*parcel, error) {
	if len(events) == 0 {
		return nil, fault.New(fault.Internal, "the log says it has records and gives none")
	}
	p := &parcel{next: position}
	size := 0
	for i := range events {
		e := &events[i]
		if e.Seq != p.next {
			return nil, fault.New(fault.Internal, fmt.Sprintf("record %d came where %d should be", e.Seq, p.next))
		}
		if !wants(e.Act) {
			p.next++
			continue
		}
		it := itemOf(e, origin)
		size += len(it.json)
		if len(p.items) == parcelRecords || size > parcelBytes && len(p.items) > 0 {
			p.full = true
			break
		}
		p.items = append(p.items, it)
		p.next++
	}
	p.full = p.full || len(events) >= parcelRecords
	p.id = idOf(origin, position) + "-" + strconv.FormatUint(p.next-1, 10)
	return p, nil
}

// What is no record, where records have their act.
const (
	gapAct      = "deliver.gap"
	restoredAct = "deliver.restored"
)

// missing is a parcel that says which records can never arrive: those from one up to, but
// not including, another.
func missing(from, to uint64, at int64, origin string) *parcel {
	return notice(notices{
		act: gapAct, id: origin + "/gap/" + strconv.FormatUint(from, 10) + "-" + strconv.FormatUint(to-1, 10),
		text: fmt.Sprintf("%d records, %d to %d, were deleted as old as they were before they could be delivered", to-from, from, to-1),
		from: from, to: to, at: at,
	}, to)
}

// restored is a parcel that says that the log was brought back to an earlier state: it goes on
// at a record before, or as another than, what was delivered last.
func restored(at uint64, when int64, origin string) *parcel {
	return notice(notices{
		act: restoredAct, id: fmt.Sprintf("%s/restored/%d/%d", origin, at, when),
		text: fmt.Sprintf("the log was brought back to an earlier state: what was delivered from record %d on is no longer part of it", at),
		from: at, at: when,
	}, at)
}

func notice(n notices, next uint64) *parcel {
	return &parcel{id: n.id, next: next, items: []item{{
		id: n.id, act: n.act, by: string(audit.Server) + ":" + string(audit.Server), gap: true, at: n.at, json: encodeNotice(n),
	}}}
}

// oldest finds the first record that is still kept, from one that is not on. It returns head
// if there is none.
func oldest(ctx context.Context, s Source, from, head uint64) (uint64, error) {
	for from < head {
		middle := from + (head-from)/2
		_, err := s.Read(ctx, middle, 1)
		switch {
		case err == nil:
			head = middle
		case fault.Is(err, fault.Gone):
			from = middle + 1
		default:
			return 0, err
		}
	}
	return head, nil
}
