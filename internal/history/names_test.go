package history

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// meddled is a store that lets something happen just before what it is asked for.
type meddled struct {
	Store
	dropping, naming, trimming func()
}

// once calls f the first time.
func once(f *func()) {
	if call := *f; call != nil {
		*f = nil
		call()
	}
}

func (s *meddled) DropSnapshot(ctx context.Context, m id.Map, seq uint64) error {
	once(&s.dropping)
	return s.Store.DropSnapshot(ctx, m, seq)
}

func (s *meddled) SetVersion(ctx context.Context, m id.Map, v store.Version) error {
	once(&s.naming)
	return s.Store.SetVersion(ctx, m, v)
}

func (s *meddled) Trim(ctx context.Context, m id.Map, b store.Base, limit int) (bool, error) {
	once(&s.trimming)
	return s.Store.Trim(ctx, m, b, limit)
}

// TestNamedMeanwhile: whoever is told that a version has a name can see it for ever, however
// the naming falls together with thinning and trimming. HI-4.
func TestNamedMeanwhile(t *testing.T) {
	aside := func(f func()) func() {
		return func() {
			go f()
			synctest.Wait()
		}
	}
	for _, c := range []struct {
		name  string
		named uint64 // it has a snapshot from 501 on
		age   time.Duration
		// run makes one of the two happen in the midst of the other.
		run func(s *meddled, name, tidy func())
	}{
		{"while it is thinned", 520, 400 * day, func(s *meddled, name, tidy func()) { tidy(); s.dropping = aside(name) }},
		{"while it is trimmed", 400, 0, func(s *meddled, name, tidy func()) { s.trimming = aside(name) }},
		{"and trimmed meanwhile", 400, 0, func(s *meddled, name, tidy func()) { s.naming = aside(tidy); name() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer func() { _ = w.store.Close() }()
				s := &meddled{Store: w.store}
				w.service.Store, w.service.c.Store = s, s
				v := w.open(1)
				v.isMap()
				v.change(500, time.Second)
				for range 20 {
					v.change(1, time.Second)
					v.snap()
				}
				v.change(3000, time.Second)
				v.snap()
				w.now = w.now.Add(DefaultPolicy().Log - 1500*time.Second)
				var err error
				told := false
				name := func() {
					err = w.service.Name(t.Context(), v.ID, c.named, "a version", id.Account{1})
					told = true
				}
				tidy := func() {
					if err := w.service.tidy(t.Context()); err != nil {
						t.Error(err)
					}
				}
				c.run(s, name, tidy)
				synctest.Wait()
				w.now = w.now.Add(c.age)
				tidy()
				synctest.Wait()
				if !told {
					t.Fatal("nobody was told anything")
				}
				if base, berr := w.store.Base(t.Context(), v.ID); berr != nil || base.Seq < c.named {
					t.Fatalf("nothing is trimmed: %d, %v", base.Seq, berr)
				}
				names, nerr := w.service.Versions(t.Context(), v.ID)
				if nerr != nil || len(names) != 1 && err == nil || err != nil && !fault.Is(err, fault.NotFound) {
					t.Fatalf("%v, %v, %v", names, err, nerr)
				}
				if err == nil {
					v.wantMoments(c.named)
				}
				if len(w.errs) != 0 || len(w.service.locks.held) != 0 {
					t.Errorf("%v, %d locks", w.errs, len(w.service.locks.held))
				}
			})
		})
	}
}

// TestSweptMeanwhile: an object that nobody knew of, and that is about to be noted, stays.
func TestSweptMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer func() { _ = w.store.Close() }()
		v := w.open(1)
		v.isMap()
		v.change(100, time.Second)
		if err := w.service.Pin(t.Context(), v.ID, 50); err != nil {
			t.Fatal(err)
		}
		if err := w.store.DropSnapshot(t.Context(), v.ID, 50); err != nil { // the object stays
			t.Fatal(err)
		}
		p := &watched{place: w.objects}
		w.service.Objects, w.service.c.Objects = p, p
		var err error
		p.deleting = func(key string) {
			if strings.HasPrefix(key, folder(v.ID)+"50-") {
				go func() { err = w.service.Name(t.Context(), v.ID, 50, "a version", id.Account{1}) }()
				synctest.Wait()
			}
		}
		if err := w.service.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		list := v.snapshots()
		if err != nil || len(list) != 1 {
			t.Fatalf("%v, %v", list, err)
		}
		if _, err := w.service.Read(t.Context(), list[0]); err != nil {
			t.Error(err)
		}
	})
}

// watched is a place that tells of what is deleted before it does.
type watched struct {
	*place
	deleting func(key string)
}

func (p *watched) Delete(ctx context.Context, key string) error {
	p.deleting(key)
	return p.place.Delete(ctx, key)
}

// TestLockEnds: nobody waits longer for a map than they want.
func TestLockEnds(t *testing.T) {
	l := newLocks()
	unlock, err := l.lock(t.Context(), id.Map{1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.lock(ctx, id.Map{1}); !fault.Is(err, fault.Busy) {
		t.Error(err)
	}
	other, err := l.lock(t.Context(), id.Map{2})
	if err != nil {
		t.Fatal(err)
	}
	other()
	unlock()
	if len(l.held) != 0 {
		t.Errorf("%d are left", len(l.held))
	}
}

// isMap makes it one that can have named versions.
func (v *writer) isMap() {
	v.t.Helper()
	if err := v.store.CreateMap(v.t.Context(), store.Map{ID: v.ID, Title: "m"}, id.Account{1}); err != nil {
		v.t.Fatal(err)
	}
}
