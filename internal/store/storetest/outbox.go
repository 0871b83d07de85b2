package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/store"
)

// Outbox checks where mail waits. open returns an empty store.
func Outbox(t *testing.T, open func(t *testing.T) store.Outbox) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, o store.Outbox)
	}{
		{"what is due, in order", dueInOrder},
		{"put off and dropped", putOff},
		{"no more than so many wait", mailRoom},
		{"a mail waits once", mailOnce},
		{"how many wait, and since when", mailCount},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// muchMail is room for every mail of a test.
const muchMail = 100

func mailN(n byte, due int64) store.Mail {
	return store.Mail{ID: store.MailID{0: 5, 15: n}, Data: []byte{n, 0, 255}, Created: 1000 - int64(n), Due: due}
}

func addMail(t *testing.T, o store.Outbox, all ...store.Mail) {
	t.Helper()
	for _, m := range all {
		if err := o.AddMail(t.Context(), m, muchMail); err != nil {
			t.Fatal(err)
		}
	}
}

func wantDue(t *testing.T, o store.Outbox, now int64, limit int, want ...store.Mail) {
	t.Helper()
	got, err := o.DueMail(t.Context(), now, limit)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("due at %d: %v\n%s", now, err, diff)
	}
}

func dueInOrder(t *testing.T, o store.Outbox) {
	wantDue(t, o, 1_000_000, 10)
	late, early, same := mailN(1, 30), mailN(2, 10), mailN(3, 10)
	early.Tries = 4
	addMail(t, o, late, same, early)
	wantDue(t, o, 9, 10)
	wantDue(t, o, 10, 10, early, same) // on the very millisecond; as many due at once in the order of their names
	wantDue(t, o, 30, 10, early, same, late)
	wantDue(t, o, 30, 2, early, same)
}

func putOff(t *testing.T, o store.Outbox) {
	ctx := t.Context()
	a, b := mailN(1, 10), mailN(2, 20)
	addMail(t, o, a, b)
	for range 2 {
		if err := o.PutOff(ctx, a.ID, 50); err != nil {
			t.Fatal(err)
		}
	}
	wantDue(t, o, 49, 10, b)
	a.Due, a.Tries = 50, 2
	wantDue(t, o, 50, 10, b, a)
	for range 2 { // the second time it is unknown
		if err := o.DropMail(ctx, b.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.PutOff(ctx, b.ID, 1); err != nil {
		t.Errorf("putting off unknown mail: %v", err)
	}
	wantDue(t, o, 99, 10, a)
}

func mailRoom(t *testing.T, o store.Outbox) {
	ctx := t.Context()
	addMail(t, o, mailN(1, 10), mailN(2, 20))
	wantKind(t, o.AddMail(ctx, mailN(3, 1), 2), fault.Limit)
	wantDue(t, o, 5, 10)
	if err := o.AddMail(ctx, mailN(3, 1), 3); err != nil {
		t.Errorf("what just fits: %v", err)
	}
	if err := o.DropMail(ctx, mailN(1, 0).ID); err != nil {
		t.Fatal(err)
	}
	if err := o.AddMail(ctx, mailN(4, 2), 3); err != nil {
		t.Errorf("after one has gone: %v", err)
	}
}

func mailOnce(t *testing.T, o store.Outbox) {
	m := mailN(1, 10)
	addMail(t, o, m)
	again := m
	again.Data, again.Due = []byte("other"), 99
	wantKind(t, o.AddMail(t.Context(), again, muchMail), fault.Conflict)
	wantDue(t, o, 99, 10, m)
}

func mailCount(t *testing.T, o store.Outbox) {
	want := func(n int, oldest int64) {
		t.Helper()
		gotN, gotOldest, err := o.CountMail(t.Context())
		if err != nil || gotN != n || gotOldest != oldest {
			t.Errorf("%d wait since %d, %v; want %d since %d", gotN, gotOldest, err, n, oldest)
		}
	}
	want(0, 0)
	addMail(t, o, mailN(1, 10), mailN(2, 5))
	want(2, 998)
	if err := o.DropMail(t.Context(), mailN(2, 0).ID); err != nil {
		t.Fatal(err)
	}
	want(1, 999)
}
