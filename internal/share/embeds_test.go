package share

import (
	"testing"
	"time"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/store"
)

// TestEmbedsEnd: AC-6. A frame's key works for an hour, its ticket for a minute and once.
func TestEmbedsEnd(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada := b.account(t, "Ada")
	org := store.Org{ID: store.OrgID{7}, Name: "Org", Rules: store.Rules{Passes: authz.Edit, Embeds: []string{"https://wiki.example.test"}}}
	if err := b.st.CreateOrg(ctx, org, ada.Account); err != nil {
		t.Fatal(err)
	}
	v, err := b.Create(ctx, ada, "Map", store.OfOrg(org.ID))
	if err != nil {
		t.Fatal(err)
	}
	m := v.Map.ID
	_, secret, err := b.CreatePass(ctx, ada, m, NewPass{Role: authz.View})
	if err != nil {
		t.Fatal(err)
	}
	_, listSeal, err := b.Framers(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	e, err := b.OpenEmbed(ctx, gate.Asker{}, m, secret, listSeal)
	if err != nil {
		t.Fatal(err)
	}
	f, err := b.Framed(ctx, e.Key)
	if err != nil {
		t.Fatal(err)
	}
	asker := gate.Asker{Visit: f.Visit, Framed: true, Seal: f.Seal}
	if r, err := b.Role(ctx, m, asker); r != authz.View || err != nil {
		t.Errorf("role %v, %v", r, err)
	}
	asker.Seal = ""
	if r, err := b.Role(ctx, m, asker); r != authz.None || err != nil {
		t.Errorf("role under no list: %v, %v", r, err)
	}
	second, err := b.EmbedTicket(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.TakeEmbed(ctx, e.Ticket)
	wantKind(t, "a ticket that another has replaced", err, fault.Auth)
	if got, err := b.TakeEmbed(ctx, second); got != f || err != nil {
		t.Errorf("taken %+v, %v", got, err)
	}
	_, err = b.TakeEmbed(ctx, second)
	wantKind(t, "a ticket used twice", err, fault.Auth)
	late, err := b.EmbedTicket(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(embedTicketLife + time.Second)
	_, err = b.TakeEmbed(ctx, late)
	wantKind(t, "a ticket after a minute", err, fault.Auth)
	b.now = b.now.Add(EmbedLife - embedTicketLife - 2*time.Second)
	if _, err := b.Framed(ctx, e.Key); err != nil {
		t.Errorf("a key within the hour: %v", err)
	}
	b.now = b.now.Add(2 * time.Second)
	_, err = b.Framed(ctx, e.Key)
	wantKind(t, "a key after an hour", err, fault.Auth)
	if origins, s, err := b.Framers(ctx, id.Map{9}); origins != nil || s != "" || err != nil {
		t.Errorf("an unknown map: %v %q %v", origins, s, err)
	}
}

// TestEmbedsAreNotGuessed: whoever tries many links is slowed down, and an office that
// opens one page again and again is not.
func TestEmbedsAreNotGuessed(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	var err error
	for range 200 {
		if _, err = b.OpenEmbed(ctx, gate.Asker{}, id.Map{1}, "guessed", ""); !fault.Is(err, fault.NotFound) {
			break
		}
	}
	if _, slow := err.(*SlowDown); !slow {
		t.Errorf("200 guesses: %v", err)
	}
}
