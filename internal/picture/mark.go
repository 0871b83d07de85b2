package picture

// Mark says how a card or relationship differs from how it was.
type Mark struct{ Num, Kind int32 }

// Kinds of Mark, which may come together but for the first two.
const (
	MarkAdded   = 1
	MarkRemoved = 2
	MarkChanged = 4
	MarkMoved   = 8
)

// ghosts lets what is not there any more be seen through.
func (s *Scene) ghosts() {
	for _, m := range s.Marks {
		if m.Kind != MarkRemoved {
			continue
		}
		if i := s.Plan.Link(m.Num); i >= 0 {
			if len(s.removed) == 0 {
				s.removed = zeroed(s.removed, len(s.Plan.Links))
			}
			s.removed[i] = true
		}
		i := s.Plan.Box(m.Num)
		if i < 0 {
			continue
		}
		if len(s.levels) == 0 {
			s.levels = zeroed(s.levels, len(s.Plan.Boxes))
		}
		if s.levels[i] != hidden {
			s.levels[i] = ghost
		}
	}
}

// marks draws marks around cards and over relationships. What lies in a folded whole
// is a change of the whole; what came or went with its whole has no mark of its own.
func (s *Scene) marks(list []Mark) {
	if len(list) == 0 {
		return
	}
	p := s.Plan
	s.marked = zeroed(s.marked, len(p.Boxes))
	for _, m := range list {
		if i := p.Box(m.Num); i >= 0 {
			s.marked[i] |= uint8(m.Kind)
		} else if i := p.Stand(m.Num); i >= 0 {
			s.marked[i] |= MarkChanged
		} else if i := p.Link(m.Num); i >= 0 {
			s.markLink(i, m.Kind)
		}
	}
	for i, kind := range s.marked {
		b := &p.Boxes[i]
		if kind&(MarkAdded|MarkRemoved) != 0 && b.Parent >= 0 && s.marked[b.Parent] == kind {
			continue
		}
		if kind != 0 && s.level(int32(i)) != hidden && s.Camera.sees(b.X, b.Y, b.X+b.W, b.Y+b.H, s.Camera.World(edgeMargin)) {
			s.over.op(OpMark, b.Num, b.X, b.Y, b.W, b.H, int32(kind), b.Radius())
		}
	}
}

func (s *Scene) markLink(i, kind int32) {
	k := &s.Plan.Links[i]
	if len(k.Way) > 0 {
		s.over.op(OpMarkWay, k.Num, corners([]int32{kind}, k.Way)...)
		return
	}
	s.over.op(OpMarkLine, k.Num, k.X1, k.Y1, k.CX1, k.CY1, k.CX2, k.CY2, k.X2, k.Y2, kind)
}
