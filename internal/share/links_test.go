package share

import (
	"testing"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/store"
)

// TestBacklinks: FI-6. Who may not open the map is told as of one that does not exist;
// who may is told of links from maps that they may open, and no others.
func TestBacklinks(t *testing.T) {
	b := newBench(t)
	ada, bob := b.account(t, "Ada"), b.account(t, "Bob")
	to, open, secret := b.create(t, ada, "To"), b.create(t, ada, "Open"), b.create(t, ada, "Secret")
	for _, m := range []id.Map{to, open, secret} {
		rec, err := b.st.Acquire(t.Context(), m, "test")
		if err != nil {
			t.Fatal(err)
		}
		if err := b.st.SetLinks(t.Context(), m, rec.Epoch, []store.Link{{Card: id.Object{1}, Title: "a card", To: to}}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.Backlinks(t.Context(), bob, to)
	wantKind(t, "a stranger asks", err, fault.NotFound)
	_, err = b.Backlinks(t.Context(), ada, id.Map{9})
	wantKind(t, "there is no such map", err, fault.NotFound)
	for _, m := range []id.Map{to, open} {
		if err := b.SetMember(t.Context(), ada, m, "bob@example.test", authz.View); err != nil {
			t.Fatal(err)
		}
	}
	for who, want := range map[gate.Asker]int{ada: 2, bob: 1} { // a map is not told of itself
		got, err := b.Backlinks(t.Context(), who, to)
		if err != nil || len(got) != want || got[0].From != open || got[0].Title != "Open" || got[0].Link.Title != "a card" {
			t.Errorf("%d links, %v, want %d: %+v", len(got), err, want, got)
		}
	}
	if err := b.Delete(t.Context(), ada, to); err != nil {
		t.Fatal(err)
	}
	_, err = b.Backlinks(t.Context(), ada, to)
	wantKind(t, "the map is deleted", err, fault.NotFound)
}
