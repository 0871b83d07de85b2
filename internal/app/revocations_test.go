package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/robot"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

const (
	// revocations is how many rights are taken away, by so many at once.
	revocations = 1000
	revokers    = 4
	// whenRaced is how many of them there are beside the race detector.
	whenRaced = 150
	// mostResets bounds those that cost a password's hash and a place among the few
	// resets that one network may ask for.
	mostResets = 20
	// bar is the specification's.
	bar = time.Second
	// tooLate is the title of cards that nobody may ever see.
	tooLate = "too late"
)

// agora is a world in which much is shared.
type agora struct {
	*world
	org, folder, team, everyone string   // the last is an organisation whose people all may edit
	maps                        []string // in the folder, in the team's organisation, in everybody's, in none
	file                        map[string]string
	resets                      atomic.Int64

	mu       sync.Mutex
	sockets  []time.Duration // from the answer until the socket ended or was told its role
	pushes   []time.Duration // and until the first push that was sent after it was refused
	requests []time.Duration // and until a request that was sent after it was refused
	byWay    map[string]int
}

func newAgora(t *testing.T) *agora {
	s := &agora{world: newWorld(t), file: map[string]string{}, byWay: map[string]int{}}
	made := func(path, body string) string { return s.must(s.admin, "POST", path, body)["id"].(string) }
	s.org = made("/orgs", `{"name":"Org","everyone":"none"}`)
	s.everyone = made("/orgs", `{"name":"Everybody","everyone":"edit"}`)
	s.folder = made("/folders", `{"name":"Folder","home":{"kind":"org","id":"`+s.org+`"}}`)
	s.team = made("/orgs/"+s.org+"/teams", `{"name":"T"}`)
	at := func(kind, place string) string {
		if kind == "" {
			return made("/maps", `{"title":"Map"}`)
		}
		return made("/maps", `{"title":"Map","home":{"kind":"`+kind+`","id":"`+place+`"}}`)
	}
	s.maps = []string{at("folder", s.folder), at("org", s.org), at("org", s.everyone), at("", "")}
	for _, m := range s.maps {
		s.file[m] = s.must(s.admin, "POST", "/maps/"+m+"/blobs", string(make([]byte, fileBytes)))["hash"].(string)
	}
	s.must(s.admin, "PUT", "/maps/"+s.maps[1]+"/access", `{"subject":{"kind":"team","id":"`+s.team+`"},"role":"edit"}`)
	return s
}

// victim is somebody with a right that goes.
type victim struct {
	m     string
	who   *pass
	take  func() // takes it away, by a request of somebody else
	left  string // the thing in which a lower role is left to them
	after authz.Role
}

// thing reads the path of a map, a folder or an organisation.
func (s *agora) thing(path string) store.Ref {
	sort, text, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	v, err := id.Parse[[id.Size]byte](text)
	s.ok(err)
	return store.Ref{Sort: map[string]store.Sort{"maps": store.SortMap, "folders": store.SortFolder, "orgs": store.SortOrg}[sort], ID: v}
}

// grant lets somebody edit.
func (s *agora) grant(path string, a id.Account) {
	s.ok(s.st.SetGrant(s.t.Context(), store.Grant{Object: s.thing(path), Subject: store.OfAccount(a), Role: authz.Edit, Added: s.now()}, 5000))
}

// ways are how somebody comes to a map, and how that ends.
func (s *agora) ways() map[string]func() *victim {
	none := s.maps[3]
	direct := func(m string) (store.Account, *pass) {
		a := s.account(false)
		s.grant("/maps/"+m, a.ID)
		return a, s.signIn(a)
	}
	ended := func(do func(a store.Account, v *victim)) func() *victim {
		return func() *victim {
			a, who := direct(none)
			v := &victim{m: none, who: who}
			do(a, v)
			return v
		}
	}
	belong := func(org string) store.Account {
		a := s.account(false)
		o, err := id.Parse[store.OrgID](org)
		s.ok(err)
		s.ok(s.st.AddBelonging(s.t.Context(), o, a.ID, 5000, s.now()))
		return a
	}
	lower := func(thing, m string, to authz.Role) func() *victim {
		return func() *victim {
			a := belong(s.org)
			s.grant(thing, a.ID)
			v := &victim{m: m, who: s.signIn(a), after: to, left: thing}
			v.take = func() { s.give(thing, a.ID, to) }
			if to == authz.None {
				v.take = func() { s.must(s.admin, "DELETE", thing+"/access/account/"+a.ID.String(), "") }
			}
			return v
		}
	}
	inTeam := func() store.Account {
		a := belong(s.org)
		s.must(s.admin, "PUT", "/teams/"+s.team+"/people/"+a.ID.String(), "")
		return a
	}
	return map[string]func() *victim{
		"a grant on the map":             lower("/maps/"+none, none, authz.None),
		"a grant on the map, to comment": lower("/maps/"+none, none, authz.Comment),
		"a grant on the map, to view":    lower("/maps/"+none, none, authz.View),
		"a grant on the folder":          lower("/folders/"+s.folder, s.maps[0], authz.None),
		"a grant on the folder, to view": lower("/folders/"+s.folder, s.maps[0], authz.View),
		"a grant on the organisation":    lower("/orgs/"+s.org, s.maps[1], authz.None),
		"a place in a team": func() *victim {
			a := inTeam()
			return &victim{m: s.maps[1], who: s.signIn(a), take: func() { s.must(s.admin, "DELETE", "/teams/"+s.team+"/people/"+a.ID.String(), "") }}
		},
		"belonging, with a team": func() *victim {
			a := inTeam()
			return &victim{m: s.maps[1], who: s.signIn(a), take: func() { s.must(s.admin, "DELETE", "/orgs/"+s.org+"/people/"+a.ID.String(), "") }}
		},
		"belonging, as everybody": func() *victim {
			a := belong(s.everyone)
			return &victim{m: s.maps[2], who: s.signIn(a), take: func() { s.must(s.admin, "DELETE", "/orgs/"+s.everyone+"/people/"+a.ID.String(), "") }}
		},
		"a link": func() *victim {
			p := s.link(none, authz.Edit)
			return &victim{m: none, who: s.visit(p), take: func() { s.must(s.admin, "DELETE", "/maps/"+none+"/links/"+id.Format(p.ID), "") }}
		},
		"a device": ended(func(a store.Account, v *victim) {
			other := s.signIn(a)
			v.take = func() { s.must(other, "DELETE", "/account/sessions/"+id.Format(v.who.ref.ID), "") }
		}),
		"all other devices": ended(func(a store.Account, v *victim) {
			other := s.signIn(a)
			v.take = func() { s.must(other, "DELETE", "/account/sessions", "") }
		}),
		"a token": ended(func(a store.Account, v *victim) {
			v.who = s.token(a)
			other := s.signIn(a)
			v.take = func() { s.must(other, "DELETE", "/account/tokens/"+id.Format(v.who.ref.ID), "") }
		}),
		"the account": ended(func(a store.Account, v *victim) {
			v.take = func() { s.must(s.admin, "POST", "/people/"+a.ID.String()+"/lock", "") }
		}),
		"the password": ended(func(a store.Account, v *victim) {
			if raced || s.resets.Add(1) > mostResets { // a hash takes long enough without
				v.take = func() { s.must(s.admin, "POST", "/people/"+a.ID.String()+"/reset", `{"mail":false}`) }
				return
			}
			text, h := secret()
			s.ok(s.st.CreateTicket(s.t.Context(), store.Ticket{Hash: h, Kind: store.ForReset, Account: a.ID, Data: []byte("{}"), Expires: s.now() + time.Hour.Milliseconds()}, 1000))
			v.take = func() { s.must(&pass{}, "POST", "/reset", `{"secret":"`+text+`","password":"`+good+`"}`) }
		}),
	}
}

// line is an open socket, read by a goroutine of its own.
type line struct {
	c      *websocket.Conn
	mu     sync.Mutex
	closed time.Time
	role   uint8
	roleAt time.Time
	nacks  map[uint64]time.Time
	acks   map[uint64]bool
	author uint64
	base   uint64
	ready  chan struct{}
}

func (s *agora) open(m string, who *pass) (*line, error) {
	d := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: s.pool}, Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: 10 * time.Second}
	h := who.header.Clone()
	h.Set("Origin", s.origin)
	c, _, err := d.DialContext(s.t.Context(), "wss"+strings.TrimPrefix(s.origin, "https")+"/maps/"+m+"/socket", h)
	if err != nil {
		return nil, err
	}
	l := &line{c: c, nacks: map[uint64]time.Time{}, acks: map[uint64]bool{}, ready: make(chan struct{})}
	hello := wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: s.mapID(m), Client: robot.NewID[id.Client](), NextCSN: 1}
	if err := c.WriteMessage(websocket.BinaryMessage, wire.Append(nil, &hello)); err != nil {
		return nil, err
	}
	go l.read()
	select {
	case <-l.ready:
		return l, nil
	case <-time.After(10 * time.Second):
		return nil, fmt.Errorf("no welcome")
	}
}

func (l *line) read() {
	for {
		_, b, err := l.c.ReadMessage()
		l.mu.Lock()
		if err != nil {
			l.closed = time.Now()
			l.mu.Unlock()
			return
		}
		for r := varint.NewReader(b); r.Len() > 0; {
			f, err := wire.Next(r)
			if err != nil {
				break
			}
			l.take(f)
		}
		l.mu.Unlock()
	}
}

func (l *line) take(f wire.Frame) {
	switch f := f.(type) {
	case *wire.Welcome:
		l.author, l.base = f.Author, f.Head
		close(l.ready)
	case *wire.Role:
		l.role, l.roleAt = f.Role, time.Now()
	case *wire.Nack:
		if f.Code == fault.Permission {
			l.nacks[f.CSN] = time.Now()
		}
	case *wire.Commit:
		l.base = f.FromSeq + uint64(len(f.Txns)) - 1
		for _, x := range f.Txns {
			if x.Author == l.author {
				l.acks[x.CSN] = true
			}
		}
	}
}

// push sends a card; the socket may have ended.
func (l *line) push(csn uint64, title string) {
	l.mu.Lock()
	base := l.base
	l.mu.Unlock()
	_ = l.c.WriteMessage(websocket.BinaryMessage, wire.Append(nil, &wire.Push{CSN: csn, BaseSeq: base, Ops: newCard(title)(nil)})) // as above
}

// within waits until something holds of a line, for longer than the bar is.
func (l *line) within(f func() (time.Time, bool)) (time.Time, bool) {
	for began := time.Now(); time.Since(began) < 10*bar; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		at, ok := f()
		l.mu.Unlock()
		if ok {
			return at, true
		}
	}
	return time.Time{}, false
}

// revoke takes a right away and measures until it is gone.
func (s *agora) revoke(way string, v *victim) {
	l, err := s.open(v.m, v.who)
	if err != nil {
		s.t.Errorf("%s: the socket before it: %v", way, err)
		return
	}
	defer func() { _ = l.c.Close() }() // mostly the server has
	l.push(1, "in time")
	if _, ok := l.within(func() (time.Time, bool) { return time.Time{}, l.acks[1] }); !ok {
		s.t.Errorf("%s: an edit before it was not saved", way)
	}
	v.take()
	done := time.Now()
	l.push(2, tooLate)
	asked := s.refused(way, v)
	over, ok := l.within(func() (time.Time, bool) {
		if v.after != authz.None && l.role == uint8(v.after) {
			return l.roleAt, true
		}
		return l.closed, !l.closed.IsZero()
	})
	if !ok {
		s.t.Errorf("%s: the socket goes on", way)
	}
	said, ok := l.within(func() (time.Time, bool) {
		if at, no := l.nacks[2]; no {
			return at, true
		}
		return l.closed, !l.closed.IsZero()
	})
	l.mu.Lock()
	taken := l.acks[2]
	ended := !l.closed.IsZero()
	l.mu.Unlock()
	if !ok || taken {
		s.t.Errorf("%s: a push after it: refused %v, taken %v", way, ok, taken)
	}
	if ended != (v.after == authz.None) {
		s.t.Errorf("%s: the socket ended: %v", way, ended)
	}
	if v.after != authz.None { // or the lists of who takes part would grow
		s.ok(s.st.DropGrant(s.t.Context(), s.thing(v.left), store.OfAccount(v.who.account), s.now()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byWay[way]++
	s.sockets = append(s.sockets, max(0, over.Sub(done)))
	s.pushes = append(s.pushes, max(0, said.Sub(done)))
	s.requests = append(s.requests, asked.Sub(done))
}

// refused asks for what the right was needed for, once, and returns when it was refused.
func (s *agora) refused(way string, v *victim) time.Time {
	s.t.Helper()
	code, _ := s.status(v.who, "POST", "/api/v1/maps/"+v.m+"/blobs", "a file")
	if code != http.StatusForbidden && code != http.StatusNotFound && code != http.StatusUnauthorized {
		s.t.Errorf("%s: an upload right after it: %d", way, code)
	}
	at := time.Now()
	if v.who.ref.Sort == store.SortToken {
		return at // whoever tries many that do not work is slowed down
	}
	if code, _ := s.status(v.who, "GET", "/api/v1/maps/"+v.m, ""); (code == http.StatusOK) != (v.after != authz.None) {
		s.t.Errorf("%s: the map right after it: %d", way, code)
	}
	return at
}

// edit keeps a map busy until ctx ends.
func (s *agora) edit(ctx context.Context, m string) (edits int) {
	a := s.account(false)
	s.give("/maps/"+m, a.ID, authz.Edit)
	l, err := s.open(m, s.signIn(a))
	if err != nil {
		s.t.Error(err)
		return 0
	}
	defer func() { _ = l.c.Close() }() // it is over
	for n := uint64(1); ctx.Err() == nil; n++ {
		l.push(n, "busy")
		time.Sleep(20 * time.Millisecond)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed.IsZero() {
		s.t.Error("somebody whose right stays was cut")
	}
	return len(l.acks)
}

// watch downloads over and over, slowly, as somebody whose right stays.
func (s *agora) watch(ctx context.Context, m string) (files int) {
	a := s.account(false)
	s.give("/maps/"+m, a.ID, authz.View)
	who := s.signIn(a)
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.pool}, ForceAttemptHTTP2: true}
	defer tr.CloseIdleConnections()
	for ctx.Err() == nil {
		resp, err := s.ask(&http.Client{Transport: tr}, who, "GET", "/maps/"+m+"/blobs/"+s.file[m], nil)
		if err != nil {
			s.t.Error(err)
			return files
		}
		n := int64(0)
		for err == nil {
			var k int64
			k, err = io.CopyN(io.Discard, resp.Body, 256<<10)
			n += k
			time.Sleep(20 * time.Millisecond)
		}
		_ = resp.Body.Close() // it was read
		if n != fileBytes {
			s.t.Errorf("a download of somebody whose right stays ended after %d bytes: %v", n, err)
		}
		files++
	}
	return files
}

// TestThousandRevocations: AC-3, AC-5. A thousand rights, of every kind and by every
// way, are taken away while maps are edited and files read: each socket ends or is
// lowered within a second, nothing that is sent afterwards is taken, and requests are
// refused at once.
func TestThousandRevocations(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of load")
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("REVOCATIONS_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	t.Logf("REVOCATIONS_SEED=%d", seed)
	s := newAgora(t)
	ctx, stop := context.WithCancel(t.Context())
	var load, work sync.WaitGroup
	var edits, files atomic.Int64
	for _, m := range s.maps {
		load.Go(func() { edits.Add(int64(s.edit(ctx, m))) })
		load.Go(func() { files.Add(int64(s.watch(ctx, m))) })
	}
	ways := s.ways()
	names := []string{}
	for name := range ways {
		names = append(names, name)
	}
	slices.Sort(names)
	began := time.Now()
	many := revocations
	if raced {
		many = whenRaced
	}
	var next atomic.Int64
	for i := range revokers {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		work.Go(func() {
			for next.Add(1) <= int64(many) && !t.Failed() {
				name := names[rng.IntN(len(names))]
				s.revoke(name, ways[name]())
			}
		})
	}
	work.Wait()
	took := time.Since(began)
	stop()
	load.Wait()
	for what, all := range map[string][]time.Duration{"sockets": s.sockets, "pushes": s.pushes, "requests": s.requests} {
		if len(all) < many {
			t.Fatalf("%s: %d of %d", what, len(all), many)
		}
		slices.Sort(all)
		t.Logf("%-8s p50 %v, p99 %v, max %v", what, all[len(all)/2], all[len(all)*99/100], all[len(all)-1])
		if all[len(all)-1] > bar {
			t.Errorf("%s: the slowest took %v", what, all[len(all)-1])
		}
	}
	t.Logf("%d in %v by %d at once, %d edits and %d files meanwhile: %v", many, took, revokers, edits.Load(), files.Load(), s.byWay)
	s.nothingTooLate()
}

// nothingTooLate reads every map as its owner: no card is there that came too late.
func (s *agora) nothingTooLate() {
	for _, m := range s.maps {
		resp, err := s.ask(s.client, s.admin, "GET", "/maps/"+m+"/file", nil)
		if err != nil {
			s.t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close() // it was read
		if err != nil || resp.StatusCode != http.StatusOK || !bytes.Contains(b, []byte("in time")) || bytes.Contains(b, []byte(tooLate)) {
			s.t.Errorf("map %s: %d, %v; too late: %v", m, resp.StatusCode, err, bytes.Contains(b, []byte(tooLate)))
		}
	}
}
