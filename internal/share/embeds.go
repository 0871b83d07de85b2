package share

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	// EmbedLife is how long a frame's key works; with the link it gets another.
	EmbedLife = time.Hour
	// embedTicketLife is how long a ticket to a frame's socket waits to be used.
	embedTicketLife = time.Minute
	// maxEmbedTickets bounds the tickets that wait.
	maxEmbedTickets = 20_000
	// embedDomain keeps the keys of frames apart from those of visits: neither is
	// taken for the other.
	embedDomain = "plectica embed\x00"
	// embedSeal is the length in bytes of what names a list of origins.
	embedSeal = 12
)

// Frame is somebody who looks at a map in a page of another site.
type Frame struct {
	Visit store.VisitID
	Seal  string // of the origins that were allowed when their frame was loaded
}

// Embed is what a frame gets.
type Embed struct {
	Title  string
	Key    string // for requests
	Ticket string // for the socket, once
}

// seal names a list of origins; "" is of none.
func seal(rules store.Rules) string {
	if rules.Org == (store.OrgID{}) || len(rules.Embeds) == 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(rules.Embeds, "\n")))
	return base64.RawURLEncoding.EncodeToString(sum[:embedSeal])
}

// Framers returns the origins whose pages may show a map, and what names the list. Of a
// map that does not exist it is as of one that no page may show.
func (s *Service) Framers(ctx context.Context, m id.Map) (origins []string, listSeal string, err error) {
	v, err := s.st.Membership(ctx, m, id.Account{})
	if fault.Is(err, fault.NotFound) || err == nil && (v.Map.Deleted > 0 || seal(v.Rules) == "") {
		return nil, "", nil
	}
	return v.Rules.Embeds, seal(v.Rules), err
}

func noEmbed() error {
	return fault.New(fault.NotFound, "this map is not shown here: its link has ended, or its organisation shows it on other pages")
}

// OpenEmbed lets a frame in by the secret of a link that lets people view a map, and has
// no password. listSeal is of the origins that the frame's page was loaded with; where
// they are others by now, only the browser can say whether it may be there, by loading
// it anew.
func (s *Service) OpenEmbed(ctx context.Context, a gate.Asker, m id.Map, secret, listSeal string) (Embed, error) {
	if err := s.attempt(s.attempts.byPrefix, place(a.Addr)); err != nil {
		return Embed{}, err
	}
	h, ok := hashOf(secret)
	if !ok {
		return Embed{}, noEmbed()
	}
	p, err := s.st.Pass(ctx, h)
	if fault.Is(err, fault.NotFound) || err == nil && (p.Map != m || p.Role != authz.View || p.Password.Hash != "") {
		return Embed{}, noEmbed()
	}
	if err != nil {
		return Embed{}, err
	}
	v, err := s.st.Membership(ctx, m, id.Account{})
	if fault.Is(err, fault.NotFound) || err == nil && (v.Map.Deleted > 0 || s.passRole(p, v.Rules) == authz.None || seal(v.Rules) == "") {
		return Embed{}, noEmbed()
	}
	if err != nil {
		return Embed{}, err
	}
	if seal(v.Rules) != listSeal {
		return Embed{}, fault.New(fault.Stale, "the organisation has changed which pages may show its maps; load the page anew")
	}
	if err := gate.Meets(v.Rules, a); err != nil {
		return Embed{}, err
	}
	s.attempts.byPrefix.Give(place(a.Addr)) // a page of a wiki is opened by a whole office
	return s.frame(ctx, p, v.Map.Title, listSeal)
}

// frame notes who was let in.
func (s *Service) frame(ctx context.Context, p store.Pass, title, listSeal string) (Embed, error) {
	text, _ := newSecret()
	visit := store.Visit{Hash: embedHash(text), ID: newID[store.VisitID](), Pass: p.ID, Created: s.now(), Seen: s.now()}
	if err := s.st.CreateVisit(ctx, visit); err != nil {
		return Embed{}, err
	}
	ticket, err := s.EmbedTicket(ctx, Frame{visit.ID, listSeal})
	return Embed{Title: title, Key: text + "." + listSeal, Ticket: ticket}, err
}

func embedHash(text string) store.Hash { return sha256.Sum256([]byte(embedDomain + text)) }

// EmbedTicket returns what opens one socket for a frame, within a minute. An earlier one
// of the frame opens none any more: nobody fills the place that there is for all.
func (s *Service) EmbedTicket(ctx context.Context, f Frame) (string, error) {
	text, h := newSecret()
	data := append(f.Visit[:], f.Seal...)
	return text, s.st.CreateTicket(ctx, store.Ticket{
		Hash: h, Kind: store.ForEmbed, Account: id.Account(f.Visit), Data: data, Expires: s.c.Now().Add(embedTicketLife).UnixMilli(),
	}, maxEmbedTickets)
}

// TakeEmbed spends such a ticket. The error is fault.Auth for one that was spent, has
// expired or never was.
func (s *Service) TakeEmbed(ctx context.Context, ticket string) (Frame, error) {
	gone := fault.New(fault.Auth, "this ticket was used, or has expired")
	h, ok := hashOf(ticket)
	if !ok {
		return Frame{}, gone
	}
	t, err := s.st.TakeTicket(ctx, h, store.ForEmbed, s.now())
	if fault.Is(err, fault.NotFound) || err == nil && len(t.Data) < id.Size {
		return Frame{}, gone
	}
	if err != nil {
		return Frame{}, err
	}
	return Frame{store.VisitID(t.Data[:id.Size]), string(t.Data[id.Size:])}, nil
}

// Framed returns whose a frame's key is, or fault.Auth.
func (s *Service) Framed(ctx context.Context, key string) (Frame, error) {
	gone := fault.New(fault.Auth, "this key of a page is over")
	text, listSeal, ok := strings.Cut(key, ".")
	if _, sound := hashOf(text); !ok || !sound {
		return Frame{}, gone
	}
	v, _, err := s.st.Visit(ctx, embedHash(text))
	if fault.Is(err, fault.NotFound) || err == nil && s.now()-v.Created >= EmbedLife.Milliseconds() {
		return Frame{}, gone
	}
	if err != nil {
		return Frame{}, err
	}
	return Frame{v.ID, listSeal}, nil
}

// framed is what a link gives in a frame: a look, as long as the same pages may show the
// map.
func framed(r authz.Role, rules store.Rules, listSeal string) authz.Role {
	if listSeal == "" || listSeal != seal(rules) {
		return authz.None
	}
	return min(r, authz.View)
}
