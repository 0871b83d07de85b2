package exchange

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// stop is one stop of a presentation.
type stop struct {
	ID    string     `json:"id"`
	Card  string     `json:"card,omitempty"`
	Order *string    `json:"order,omitempty"`
	Name  *string    `json:"name,omitempty"`
	Notes *string    `json:"notes,omitempty"`
	Frame *string    `json:"frame,omitempty"`
	Folds []switched `json:"folds,omitempty"`
	Eyes  []switched `json:"eyes,omitempty"`
	More  []more     `json:"more,omitempty"`
}

// switched is a card that is folded or not, or a point whose eye is open or not.
type switched struct {
	Card string `json:"card"`
	On   bool   `json:"on"`
}

type thread struct {
	ID       string    `json:"id"`
	On       string    `json:"on,omitempty"`
	X        *float64  `json:"x,omitempty"`
	Y        *float64  `json:"y,omitempty"`
	Resolved *bool     `json:"resolved,omitempty"`
	Messages []message `json:"messages"`
	More     []more    `json:"more,omitempty"`
}

// message is what somebody said. At counts milliseconds since 1970.
type message struct {
	ID       string   `json:"id"`
	Said     *string  `json:"said,omitempty"`
	Name     *string  `json:"name,omitempty"`
	At       *int64   `json:"at,omitempty"`
	Turn     *int64   `json:"turn,omitempty"`
	Mentions []string `json:"mentions,omitempty"`
	More     []more   `json:"more,omitempty"`
}

// sheet is what is said of the map itself.
type sheet struct {
	Routing string `json:"routing,omitempty"`
	More    []more `json:"more,omitempty"`
}

func writeStop(op *sysmap.Op) stop {
	s := stop{ID: ident(op.ID), Card: ident(op.A)}
	for _, g := range op.Regs {
		switch g.Field {
		case sysmap.Name:
			s.Name = &g.Value.S
		case sysmap.Notes:
			s.Notes = &g.Value.S
		case sysmap.StopOrder:
			s.Order = &g.Value.S
		case sysmap.Frame:
			s.Frame = &g.Value.S
		case sysmap.StopFold:
			s.Folds = append(s.Folds, writeSwitched(g))
		case sysmap.StopEye:
			s.Eyes = append(s.Eyes, writeSwitched(g))
		default:
			s.More = append(s.More, raw(g))
		}
	}
	return s
}

func writeSwitched(g sysmap.Reg) switched {
	return switched{Card: ident(id.Object([]byte(g.Entry))), On: g.Value.N != 0}
}

func writeThread(op *sysmap.Op) thread {
	t := thread{ID: ident(op.ID), On: ident(op.A), Messages: []message{}}
	for _, g := range op.Regs {
		switch g.Field {
		case sysmap.SpotX:
			t.X = length(g)
		case sysmap.SpotY:
			t.Y = length(g)
		case sysmap.Resolved:
			t.Resolved = flag(g)
		default:
			t.More = append(t.More, raw(g))
		}
	}
	return t
}

func writeMessage(op *sysmap.Op) message {
	m := message{ID: ident(op.ID)}
	for _, g := range op.Regs {
		switch g.Field {
		case sysmap.Said:
			m.Said = &g.Value.S
		case sysmap.QuotedName:
			m.Name = &g.Value.S
		case sysmap.QuotedAt:
			m.At = &g.Value.N
		case sysmap.Turn:
			m.Turn = &g.Value.N
		case sysmap.Mention:
			m.Mentions = append(m.Mentions, g.Entry)
		default:
			m.More = append(m.More, raw(g))
		}
	}
	return m
}

func writeSheet(op *sysmap.Op) *sheet {
	var s sheet
	for _, g := range op.Regs {
		if g.Field == sysmap.Routing {
			s.Routing = routings[g.Value.N]
			continue
		}
		s.More = append(s.More, raw(g))
	}
	return &s
}

func (r *reader) stop(s *stop) {
	r.at = "stop " + s.ID
	op := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Stop, ID: r.object(s.ID, "its id")}
	if s.Card != "" {
		op.A = r.object(s.Card, "its card")
	}
	g := regs{r: r}
	g.text(sysmap.Name, s.Name)
	g.text(sysmap.Notes, s.Notes)
	g.text(sysmap.StopOrder, s.Order)
	g.text(sysmap.Frame, s.Frame)
	g.switches(sysmap.StopFold, s.Folds)
	g.switches(sysmap.StopEye, s.Eyes)
	g.more(s.More)
	op.Regs = g.list
	r.ops = append(r.ops, op)
}

func (g *regs) switches(f sysmap.Field, list []switched) {
	for _, s := range list {
		k := g.r.object(s.Card, "a card of it")
		n := int64(0)
		if s.On {
			n = 1
		}
		g.add(f, string(k[:]), sysmap.IntValue(n))
	}
}

func (r *reader) thread(t *thread) {
	r.at = "discussion " + t.ID
	op := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Thread, ID: r.object(t.ID, "its id")}
	if t.On != "" {
		op.A = r.object(t.On, "what it is about")
	}
	g := regs{r: r}
	g.length(sysmap.SpotX, t.X, "its spot")
	g.length(sysmap.SpotY, t.Y, "its spot")
	g.flag(sysmap.Resolved, t.Resolved)
	g.more(t.More)
	op.Regs = g.list
	r.ops = append(r.ops, op)
	for i := range t.Messages {
		r.message(op.ID, &t.Messages[i])
	}
}

func (r *reader) message(of id.Object, m *message) {
	r.at = "message " + m.ID
	op := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Message, ID: r.object(m.ID, "its id"), A: of}
	g := regs{r: r}
	g.text(sysmap.Said, m.Said)
	for _, who := range m.Mentions {
		g.add(sysmap.Mention, who, sysmap.IntValue(1))
	}
	g.text(sysmap.QuotedName, m.Name)
	g.int(sysmap.QuotedAt, m.At)
	g.int(sysmap.Turn, m.Turn)
	g.more(m.More)
	op.Regs = g.list
	r.ops = append(r.ops, op)
}

func (r *reader) sheet(s *sheet) {
	r.at = "the map's sheet"
	g := regs{r: r}
	g.name(sysmap.Routing, routings, s.Routing, "its routing")
	g.more(s.More)
	r.ops = append(r.ops, sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Sheet, ID: sysmap.SheetID, Regs: g.list})
}
