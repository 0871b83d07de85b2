package deliver

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// rig is a log, a memory and a place, for one stream after the other.
type rig struct {
	t      *testing.T
	log    *testLog
	memory *memory
	place  place
	now    time.Time
	origin string
}

func (r *rig) open() *Stream {
	r.t.Helper()
	all, err := Open(Config{
		Destinations: []Destination{r.place.destination()}, Source: r.log, Memory: r.memory, Origin: r.origin, Host: "host",
		Now: func() time.Time { return r.now },
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all[0]
}

// deliver takes turns until nothing waits.
func (r *rig) deliver(s *Stream) {
	r.t.Helper()
	for range 1000 {
		rest, early := s.turn(r.t.Context())
		if st := s.Status(); st.Problem != "" {
			r.t.Fatalf("%+v", st)
		}
		if early && rest == look {
			if st := s.Status(); st.Behind != 0 || st.Age != 0 {
				r.t.Fatalf("%+v", st)
			}
			return
		}
		r.now = r.now.Add(rest)
	}
	r.t.Fatal("it never ends")
}

func (r *rig) ids() []string { return inOrder(r.t, r.place.taken(r.t)) }

// eachKind runs a test with all ways out.
func eachKind(t *testing.T, test func(t *testing.T, r *rig)) {
	for kind, open := range map[Kind]func(t *testing.T) place{
		Syslog:  func(t *testing.T) place { return newSyslogPlace(t) },
		Webhook: func(t *testing.T) place { return newWebhookPlace(t) },
		JSONL:   func(t *testing.T) place { return newFilesPlace(t) },
	} {
		t.Run(string(kind), func(t *testing.T) {
			test(t, &rig{t: t, log: &testLog{}, memory: &memory{}, place: open(t), now: time.UnixMilli(noon), origin: origin})
		})
	}
}

func TestAllArrivesInOrder(t *testing.T) {
	eachKind(t, func(t *testing.T, r *rig) {
		s := r.open()
		r.deliver(s)
		if got := r.ids(); len(got) != 0 {
			t.Fatalf("of an empty log came %v", got)
		}
		r.log.add(2*parcelRecords + 7)
		r.deliver(s)
		r.log.add(1)
		r.deliver(s)
		if diff := cmp.Diff(numbers(0, 2*parcelRecords+8), r.ids()); diff != "" {
			t.Error(diff)
		}
		if n := len(r.place.taken(t)); n != 2*parcelRecords+8 {
			t.Errorf("%d came where nothing failed", n)
		}
	})
}

// TestRestartInTheMiddle: what a process that ends had not saved comes twice; all comes.
func TestRestartInTheMiddle(t *testing.T) {
	eachKind(t, func(t *testing.T, r *rig) {
		r.log.add(3*parcelRecords + 50)
		s := r.open()
		s.turn(t.Context()) // saved: it is the first
		s.turn(t.Context()) // in the same second: not saved
		if n := r.memory.saved(); n != 1 {
			t.Fatalf("saved %d times in a second", n)
		}
		r.deliver(r.open())
		all := r.place.taken(t)
		if n := len(all) - (3*parcelRecords + 50); n != parcelRecords {
			t.Errorf("%d came twice", n)
		}
		r.deliver(r.open())
		if len(r.place.taken(t)) != len(all) {
			t.Error("a third process delivered again what was saved")
		}
		if diff := cmp.Diff(numbers(0, 3*parcelRecords+50), r.ids()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestDownThenUp: a receiver that fails is left alone longer and longer, seen, and loses nothing.
func TestDownThenUp(t *testing.T) {
	eachKind(t, func(t *testing.T, r *rig) {
		s := r.open()
		r.log.add(10)
		r.deliver(s)
		r.place.down()
		r.log.add(10)
		began := r.now
		var rests []time.Duration
		for range 8 {
			rest, early := s.turn(t.Context())
			if early {
				t.Error("new records end the rest of a receiver that fails")
			}
			rests = append(rests, rest)
			r.now = r.now.Add(rest)
		}
		want := []time.Duration{1, 2, 4, 8, 16, 32, 60, 60}
		for i := range want {
			want[i] *= time.Second
		}
		if diff := cmp.Diff(want, rests); diff != "" {
			t.Error(diff)
		}
		r.log.add(5)
		s.turn(t.Context())
		st := s.Status()
		if st.Name != "siem" || st.Position != 10 || st.Behind != 15 || st.Age != r.now.Sub(time.UnixMilli(r.log.events[10].At)) || st.Problem == "" || !st.Since.Equal(began) {
			t.Errorf("%+v", st)
		}
		t.Log(st.Problem)
		r.place.up()
		r.deliver(s)
		if diff := cmp.Diff(numbers(0, 25), r.ids()); diff != "" {
			t.Error(diff)
		}
		if st := s.Status(); !st.Since.IsZero() {
			t.Errorf("%+v", st)
		}
	})
}

// TestGapIsVisible: what is deleted before it could be delivered is said, in its place.
func TestGapIsVisible(t *testing.T) {
	eachKind(t, func(t *testing.T, r *rig) {
		s := r.open()
		r.log.add(10)
		r.deliver(s)
		r.log.add(990)
		r.log.trim(777)
		r.deliver(s)
		want := slices.Concat(numbers(0, 10), []string{origin + "/gap/10-776"}, numbers(777, 1000))
		if diff := cmp.Diff(want, r.ids()); diff != "" {
			t.Error(diff)
		}
		for _, g := range r.place.taken(t) {
			if isNotice(g.Metadata.UID) && (g.Unmapped.From != 10 || g.Unmapped.To != 776 || g.Unmapped.Count != 767 || g.Metadata.Code != gapAct || g.Class != 0) {
				t.Errorf("%+v", g)
			}
		}
		if n := slices.IndexFunc(r.ids(), isNotice); n < 0 {
			t.Error("no gap")
		}
		// All of it is gone.
		r.log.add(10)
		r.log.trim(1010)
		r.deliver(s)
		if !slices.Contains(r.ids(), origin+"/gap/1000-1009") || s.Status().Position != 1010 {
			t.Errorf("%+v", s.Status())
		}
	})
}

// TestRestoredLog: what comes after the log was brought back is told from what came before.
func TestRestoredLog(t *testing.T) {
	eachKind(t, func(t *testing.T, r *rig) {
		r.log.add(20)
		s := r.open()
		r.deliver(s)
		r.log.cut(15)
		r.deliver(s)
		all := r.ids()
		if n := slices.IndexFunc(all, isNotice); n < 0 || s.Status().Position != 15 {
			t.Fatalf("%v %+v", all, s.Status())
		}
		// The same with its positions: only the log's name tells.
		r.origin = "plectica.example.org+1"
		r.log.add(5)
		s = r.open()
		r.deliver(s)
		r.deliver(r.open())
		restores, fresh := 0, 0
		for _, g := range r.place.taken(t) {
			if g.Metadata.Code == restoredAct {
				restores++
			} else if strings.HasPrefix(g.Metadata.UID, r.origin+"/") {
				fresh++
			}
		}
		if restores != 2 || fresh != 5 {
			t.Errorf("%d restores were told, %d records after them", restores, fresh)
		}
	})
}

// TestLogFails: neither the log nor the memory failing loses anything.
func TestLogFails(t *testing.T) {
	eachKind(t, func(t *testing.T, r *rig) {
		r.log.add(10)
		s := r.open()
		r.log.broken = true
		s.turn(t.Context())
		if p := s.Status().Problem; p != "the audit log cannot be read" {
			t.Error(p)
		}
		r.log.broken, r.memory.broken = false, true
		r.log.events[3].Seq = 4
		s.turn(t.Context())
		if st := s.Status(); st.Position != 0 || st.Problem != "the audit log cannot be read" {
			t.Errorf("with a record missing: %+v", st)
		}
		r.log.events[3].Seq = 3
		r.deliver(s)
		r.memory.broken = false
		r.deliver(s)
		r.deliver(r.open())
		if n := len(r.place.taken(t)); n != 10 {
			t.Errorf("%d came", n)
		}
		r.memory.kept["deliver:siem"] = []byte("{")
		r.deliver(r.open())
		if diff := cmp.Diff(numbers(0, 10), r.ids()); diff != "" {
			t.Error(diff)
		}
	})
}
