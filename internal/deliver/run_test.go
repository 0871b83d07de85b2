package deliver

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/audit"
)

// TestRun: what somebody tells of is delivered at once, what nobody told of soon; the position
// is saved at most once a second, and at the end.
func TestRun(t *testing.T) {
	place := newFilesPlace(t)
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, log: &testLog{}, memory: &memory{}, place: place, origin: origin}
		all, err := Open(Config{Destinations: []Destination{place.destination()}, Source: r.log, Memory: r.memory, Origin: origin})
		if err != nil {
			t.Fatal(err)
		}
		s := all[0]
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { s.Run(ctx); close(ended) }()
		synctest.Wait()
		want := func(n int) {
			t.Helper()
			synctest.Wait()
			if diff := cmp.Diff(numbers(0, n), r.ids()); diff != "" {
				t.Fatal(diff)
			}
		}
		r.log.add(1)
		s.Wake()
		want(1)
		r.log.add(2)
		for range 10 {
			s.Wake() // it never waits
		}
		want(1)
		time.Sleep(gather)
		want(3)
		r.log.add(1)
		time.Sleep(gather + look)
		want(4)
		began, saves := time.Now(), r.memory.saved()
		for range 100 {
			r.log.add(parcelRecords)
			s.Wake()
			time.Sleep(100 * time.Millisecond)
		}
		if n := r.memory.saved() - saves; n > int(time.Since(began)/saveEvery)+1 {
			t.Errorf("saved %d times in %v", n, time.Since(began))
		}
		time.Sleep(gather)
		want(4 + 100*parcelRecords)
		stop()
		<-ended
		if got := string(r.memory.kept["deliver:siem"]); got != `{"next":50004,"origin":"plectica.example.org"}` {
			t.Error(got)
		}
	})
}

// TestOneHangsOthersGo: a receiver that hangs stops neither another nor whoever tells of
// records or asks how it is, and ends with the server.
func TestOneHangsOthersGo(t *testing.T) {
	_, ca := certified(t)
	place := newFilesPlace(t)
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, log: &testLog{}, memory: &memory{}, place: place, origin: origin}
		reported := map[string]int{}
		all, err := Open(Config{
			Destinations: []Destination{{Name: "hangs", Kind: Syslog, Address: "127.0.0.1:6514", CA: ca}, place.destination()},
			Source:       r.log, Memory: r.memory, Origin: origin,
			OnError: func(name string, _ error) { reported[name]++ },
		})
		if err != nil {
			t.Fatal(err)
		}
		all[0].to.(*receiver).dial = func(context.Context, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			return ours, nil
		}
		ctx, stop := context.WithCancel(t.Context())
		for _, s := range all {
			go s.Run(ctx)
		}
		for range 10 {
			r.log.add(100)
			for _, s := range all {
				s.Wake()
				s.Status()
			}
			time.Sleep(10 * time.Second)
		}
		synctest.Wait()
		if diff := cmp.Diff(numbers(0, 1000), r.ids()); diff != "" {
			t.Error(diff)
		}
		st := all[0].Status()
		if st.Behind != 1000 || st.Problem != "the receiver did not answer in time" || time.Since(st.Since) < time.Minute || reported["hangs"] < 3 || reported["siem"] != 0 {
			t.Errorf("%+v, %v", st, reported)
		}
		began := time.Now()
		stop()
		synctest.Wait()
		if time.Since(began) != 0 {
			t.Error("the end waits for a receiver")
		}
	})
}

// BenchmarkDeliver is how fast records go to a receiver on this machine.
func BenchmarkDeliver(b *testing.B) {
	for name, open := range map[string]func() place{
		"syslog":  func() place { p := newSyslogPlace(b); p.as(swallow); return p },
		"webhook": func() place { return newWebhookPlace(b) },
		"jsonl":   func() place { return newFilesPlace(b) },
	} {
		b.Run(name, func(b *testing.B) {
			log := &testLog{}
			log.add(parcelRecords)
			all, err := Open(Config{Destinations: []Destination{open().destination()}, Source: log, Memory: &memory{}, Origin: origin})
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				p, err := pack(log.events, 0, origin, Destination{}.wants)
				if err == nil {
					err = all[0].to.send(b.Context(), p)
				}
				if err != nil {
					b.Fatal(err)
				}
				n += len(p.items)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func swallow(c net.Conn) ([]byte, error) {
	_, err := io.Copy(io.Discard, c)
	return nil, err
}

// TestOnly: a destination gets what it asks for, and what it does not is passed over.
func TestOnly(t *testing.T) {
	for name, c := range map[string]struct {
		only []string
		act  audit.Act
		want bool
	}{
		"everything":    {nil, "map.open", true},
		"one":           {[]string{"map.open"}, "map.open", true},
		"another":       {[]string{"map.open"}, "map.opened", false},
		"all of a sort": {[]string{"signin", "alert."}, "alert.raised", true},
		"no other sort": {[]string{"alert."}, "map.open", false},
	} {
		if got := (Destination{Only: c.only}).wants(c.act); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	var events []audit.Event
	for i := range 10 {
		act := audit.Act("map.open")
		if i%4 == 3 {
			act = audit.AlertRaised
		}
		events = append(events, audit.Event{Seq: uint64(5 + i), At: 1, Act: act, Result: audit.OK})
	}
	p, err := pack(events, 5, origin, Destination{Only: []string{"alert."}}.wants)
	if err != nil || p.next != 15 || len(p.items) != 2 || p.items[0].id != idOf(origin, 8) {
		t.Errorf("%+v, %v", p, err)
	}
}
