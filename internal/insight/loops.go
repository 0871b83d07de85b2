// Package insight reads a map and says what is in it: feedback loops, gaps worth a
// question, counts. All of it is derived and never stored. It changes nothing,
// looks at no clock, and gives the same answer for the same map everywhere.
package insight

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Bounds of the search for loops.
const (
	MaxLoopLength = 8
	MaxLoops      = 1000
	maxLoopSteps  = 4_000_000 // edges looked at; a dense map has more loops than anyone reads
)

// Sign says what a loop does to a change that goes around it.
type Sign uint8

// The signs.
const (
	Unsigned    Sign = 0 // a relationship has no polarity
	Reinforcing Sign = 1
	Balancing   Sign = 2
)

// Loop is a way from a card along directed relationships back to it.
type Loop struct {
	Cards []id.Object // in the direction of the loop
	Lines []id.Object // Lines[i] leads from Cards[i] to the next
	Sign  Sign
	Delay bool // some relationship on it acts with a delay
}

// arc is a relationship in one of its directions.
type arc struct {
	to       int
	line     *sysmap.Object
	polarity int64
}

// search is one for loops. Every loop is found from its first card in map order.
type search struct {
	cards []id.Object
	out   [][]arc
	in    [][]int
	near  []int // steps back to the start, or far
	on    []bool
	path  []arc
	start int
	most  int
	steps int
	found []Loop
}

const far = 1 << 20

// Loops returns the feedback loops of at most most cards, short ones first, and
// whether these are all.
func Loops(m *sysmap.Map, most int) (loops []Loop, all bool) {
	s := &search{most: min(most, MaxLoopLength)}
	s.read(m)
	s.near, s.on = make([]int, len(s.cards)), make([]bool, len(s.cards))
	for s.start = range s.cards {
		if len(s.out[s.start]) == 0 || len(s.in[s.start]) == 0 {
			continue
		}
		s.measure()
		s.on[s.start] = true
		s.walk(s.start)
		s.on[s.start] = false
	}
	for n := 1; n <= s.most; n++ {
		for _, l := range s.found {
			if len(l.Cards) == n {
				loops = append(loops, l)
			}
		}
	}
	return loops, s.steps < maxLoopSteps && len(s.found) < MaxLoops
}

// read collects the cards and directed relationships.
func (s *search) read(m *sysmap.Map) {
	rank := make(map[id.Object]int)
	m.Walk(func(o *sysmap.Object) bool {
		rank[o.ID] = len(s.cards)
		s.cards = append(s.cards, o.ID)
		return true
	})
	s.out, s.in = make([][]arc, len(s.cards)), make([][]int, len(s.cards))
	for i, k := range s.cards {
		m.Lines(k, func(l *sysmap.Object) bool {
			j, p, way := rank[l.B], l.Int(sysmap.Polarity), l.Int(sysmap.Direction)
			if way == sysmap.DirectionAB || way == sysmap.DirectionBoth {
				s.out[i] = append(s.out[i], arc{j, l, p})
				s.in[j] = append(s.in[j], i)
			}
			if way == sysmap.DirectionBA || way == sysmap.DirectionBoth && i != j {
				s.out[j] = append(s.out[j], arc{i, l, p})
				s.in[i] = append(s.in[i], j)
			}
			return true
		})
	}
}

// measure finds how far each later card is from the start, against the arrows.
func (s *search) measure() {
	for i := range s.near {
		s.near[i] = far
	}
	s.near[s.start] = 0
	for queue := []int{s.start}; len(queue) > 0; queue = queue[1:] {
		i := queue[0]
		if s.near[i] >= s.most {
			return
		}
		for _, j := range s.in[i] {
			if j > s.start && s.near[j] == far {
				s.near[j] = s.near[i] + 1
				queue = append(queue, j)
			}
		}
	}
}

// walk goes on from a card while the start can still be reached in time.
func (s *search) walk(i int) {
	for _, a := range s.out[i] {
		if s.steps++; s.steps > maxLoopSteps || len(s.found) >= MaxLoops {
			return
		}
		if a.to == s.start {
			s.path = append(s.path, a)
			s.note()
			s.path = s.path[:len(s.path)-1]
			continue
		}
		if a.to < s.start || s.on[a.to] || len(s.path)+1+s.near[a.to] > s.most {
			continue
		}
		s.on[a.to] = true
		s.path = append(s.path, a)
		s.walk(a.to)
		s.path = s.path[:len(s.path)-1]
		s.on[a.to] = false
	}
}

// note keeps the loop of the path. One relationship in both directions is no loop.
func (s *search) note() {
	if n := len(s.path); n == 2 && s.path[0].line == s.path[1].line {
		return
	}
	l := Loop{Sign: Reinforcing}
	from := s.start
	for _, a := range s.path {
		l.Cards, l.Lines = append(l.Cards, s.cards[from]), append(l.Lines, a.line.ID)
		l.Delay = l.Delay || a.line.Int(sysmap.Delay) != 0
		switch {
		case l.Sign == Unsigned || a.polarity == 0:
			l.Sign = Unsigned
		case a.polarity == 2:
			l.Sign = Reinforcing + Balancing - l.Sign
		}
		from = a.to
	}
	s.found = append(s.found, l)
}
