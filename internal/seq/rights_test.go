package seq

import (
	"testing"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// several is a room with people of different roles, by connection.
type several struct {
	t   *testing.T
	r   *Room
	csn map[Conn]uint64
}

func newSeveral(t *testing.T, roles ...authz.Role) *several {
	s := &several{t: t, r: New(Config{}, 1), csn: make(map[Conn]uint64)}
	for i, role := range roles {
		c := Conn(i + 1)
		s.r.Enter(c, id.Account{byte(c)}, role)
		j := s.r.Hello(c, &wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Client: id.Client{byte(c)}, NextCSN: 1})
		s.r.Welcome(c, j.Welcome)
	}
	return s
}

// push returns the kind of the refusal, or Internal when there was none.
func (s *several) push(c Conn, ops ...sysmap.Op) fault.Kind {
	s.t.Helper()
	s.csn[c]++
	s.r.Push(c, &wire.Push{CSN: s.csn[c], BaseSeq: s.r.Head(), Ops: ops}, 0)
	s.r.Cut(0)
	for _, e := range s.r.Durable() {
		f, err := wire.Next(varint.NewReader(e.Frame))
		if err != nil {
			s.t.Fatal(err)
		}
		if n, ok := f.(*wire.Nack); ok {
			return n.Code
		}
	}
	return fault.Internal
}

// TestWordsAreTheirAuthors: DS-1.
func TestWordsAreTheirAuthors(t *testing.T) {
	const ann, bob, owner, guest = 1, 2, 3, 4
	const done, refused = fault.Internal, fault.Permission
	s := newSeveral(t, authz.Edit, authz.Edit, authz.Own, authz.View)
	thread, word := numbered(1), numbered(2)
	open := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Thread, ID: thread}
	say := func(k id.Object, kind sysmap.OpKind, text string) sysmap.Op {
		g := sysmap.Reg{Field: sysmap.Said, Value: sysmap.TextValue(text)}
		return sysmap.Op{Kind: kind, Type: sysmap.Message, ID: k, A: thread, Regs: []sysmap.Reg{g}, Reg: g}
	}
	settle := sysmap.Op{Kind: sysmap.OpSet, ID: thread, Reg: sysmap.Reg{Field: sysmap.Resolved, Value: sysmap.IntValue(1)}}
	quote := func(kind sysmap.OpKind, k id.Object) sysmap.Op {
		g := sysmap.Reg{Field: sysmap.QuotedName, Value: sysmap.TextValue("Ann")}
		return sysmap.Op{Kind: kind, Type: sysmap.Message, ID: k, A: thread, Regs: []sysmap.Reg{g}, Reg: g}
	}
	del := func(k id.Object) sysmap.Op { return sysmap.Op{Kind: sysmap.OpDel, ID: k} }
	undel := func(k id.Object) sysmap.Op { return sysmap.Op{Kind: sysmap.OpUndel, ID: k} }
	for _, step := range []struct {
		what string
		who  Conn
		ops  []sysmap.Op
		want fault.Kind
	}{
		{"a guest opens a discussion", guest, []sysmap.Op{open}, refused},
		{"somebody opens one and speaks", ann, []sysmap.Op{open, say(word, sysmap.OpPut, "first")}, done},
		{"another answers", bob, []sysmap.Op{say(numbered(3), sysmap.OpPut, "second")}, done},
		{"a guest answers", guest, []sysmap.Op{say(numbered(4), sysmap.OpPut, "third")}, refused},
		{"another changes the words", bob, []sysmap.Op{say(word, sysmap.OpSet, "mine")}, refused},
		{"so does the owner", owner, []sysmap.Op{say(word, sysmap.OpSet, "mine")}, refused},
		{"hidden behind an edit of one's own", bob, []sysmap.Op{card(9, id.Root), say(word, sysmap.OpSet, "mine")}, refused},
		{"hidden behind a word of one's own", bob, []sysmap.Op{say(numbered(5), sysmap.OpPut, "x"), say(word, sysmap.OpSet, "mine")}, refused},
		{"the author changes the words", ann, []sysmap.Op{say(word, sysmap.OpSet, "better")}, done},
		{"another takes them away", bob, []sysmap.Op{del(word)}, refused},
		{"another settles the discussion", bob, []sysmap.Op{settle}, done},
		{"another takes the discussion away", bob, []sysmap.Op{del(thread)}, refused},
		{"the owner takes the words away", owner, []sysmap.Op{del(word)}, done},
		{"the author brings them back", ann, []sysmap.Op{undel(word)}, refused},
		{"the owner brings them back", owner, []sysmap.Op{undel(word)}, done},
		{"the author takes them away", ann, []sysmap.Op{del(word)}, done},
		{"the owner brings back what the author took away", owner, []sysmap.Op{undel(word)}, refused},
		{"who opened the discussion takes it away with another's words", ann, []sysmap.Op{del(thread)}, refused},
		{"another takes their own words away", bob, []sysmap.Op{del(numbered(3))}, done},
		{"who opened the discussion takes it away", ann, []sysmap.Op{del(thread)}, done},
		{"and brings it back", ann, []sysmap.Op{undel(thread)}, done},
		{"somebody quotes another", bob, []sysmap.Op{quote(sysmap.OpPut, numbered(6))}, refused},
		{"somebody makes their words a quotation", ann, []sysmap.Op{quote(sysmap.OpSet, word)}, refused},
	} {
		if got := s.push(step.who, step.ops...); got != step.want {
			t.Errorf("%s: %v, want %v", step.what, got, step.want)
		}
	}
}
