package watch

import (
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/audit"
)

// TestNothingIsLeftOut: every field of what is remembered is used in a life with everything
// in it, and read back as it was.
func TestNothingIsLeftOut(t *testing.T) {
	s := newScene(t, Config{Places: everywhere})
	s.works(18, account(1), account(2))
	s.at = s.at.AddDate(0, 0, 30)
	s.works(3, account(1))
	s.clock(3, 0)
	p := account(1).from2("203.0.7.9", "Chrome", "", "other")
	s.in(p, false)
	p.from.Device = "new"
	for n := range 40 {
		for _, act := range []audit.Act{"map.export", "map.delete", "map.link.make", "map.open"} {
			s.does(p, act, n)
		}
	}
	s.does(p, audit.MapPush, 1, audit.Count{Name: "changes", N: 500}, audit.Count{Name: "deleted", N: 500})
	for _, act := range []audit.Act{"factor.code.add", "factor.code.remove", "people.operator", "org.change"} {
		s.does(p, act, 1)
	}
	s.at = s.at.AddDate(0, 0, 8)
	for _, act := range []audit.Act{"factor.code.remove", "map.export"} {
		s.does(p, act, 1)
	}
	s.w.Signed(s.at.UnixMilli())
	program := account(2).from2("198.51.100.1", "sync", "", "token")
	for n := range 10 {
		s.at = s.at.Add(time.Hour)
		program.from.Addr = addr(198, 51, n%3, 1)
		s.does(program, "map.read", 1)
		s.fails(addr(203, 0, n, 7), n)
		s.fails(addr(203, 0, 113, 7), n)
		s.fails(program.from.Addr, n)
	}
	s.in(program, true)
	s.at = s.at.AddDate(0, 0, 1)
	program.from.Addr = addr(198, 51, 100, 1)
	s.does(program, "map.read", 1)
	s.in(account(2), true)
	s.fails(addr(203, 0, 113, 7), 1)
	s.see(audit.Event{Act: "signin", From: audit.From{Addr: addr(203, 0, 113, 7)}, Result: audit.Refused})
	for n := range 30 {
		s.fails(addr(203, 1, n, 7), n)
	}

	fresh := New(s.w.c)
	if err := fresh.Restore(s.w.State()); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	compare(t, used, s.w.people, fresh.people)
	compare(t, used, s.w.visits, fresh.visits)
	compare(t, used, s.w.sessions, fresh.sessions)
	compare(t, used, s.w.sources, fresh.sources)
	compare(t, used, s.w.targets, fresh.targets)
	compare(t, used, s.w.told, fresh.told)
	same(t, used, s.w.site, fresh.site)
	for name, ok := range used {
		if !ok {
			t.Errorf("%s is used nowhere, so that nobody would notice if it were left out", name)
		}
	}
	if s.w.now != fresh.now || s.w.began != fresh.began || s.w.next != fresh.next || s.w.alerts != fresh.alerts {
		t.Error("the watch's own numbers are others")
	}
}

func compare[K comparable, V any](t *testing.T, used map[string]bool, a, b *table[K, V]) {
	t.Helper()
	for x, y := a.ring.next, b.ring.next; x != &a.ring; x, y = x.next, y.next {
		if x.key != y.key {
			t.Fatalf("%v where %v was", y.key, x.key)
		}
		same(t, used, x.v, y.v)
	}
}

// same compares two values, unexported fields too, and notes which fields are not zero.
func same(t *testing.T, used map[string]bool, a, b any) {
	t.Helper()
	if diff := cmp.Diff(a, b, cmp.Exporter(func(reflect.Type) bool { return true }), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("%T: %s", a, diff)
	}
	notes(used, reflect.ValueOf(a))
}

func notes(used map[string]bool, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			notes(used, v.Elem())
		}
	case reflect.Array:
		for i := range v.Len() {
			notes(used, v.Index(i))
		}
	case reflect.Struct:
		if v.Type().PkgPath() != reflect.TypeFor[Watch]().PkgPath() {
			return // its own tests are about that
		}
		for i := range v.NumField() {
			name := fmt.Sprint(v.Type().Name(), ".", v.Type().Field(i).Name)
			used[name] = used[name] || !v.Field(i).IsZero()
			notes(used, v.Field(i))
		}
	default:
	}
}
