package picture_test

import (
	"testing"

	"plectica/internal/layout"
	"plectica/internal/layout/layouttest"
	"plectica/internal/picture"
)

func scene(cards int) *picture.Scene {
	l := layout.New(layout.NewNumbers(0))
	m := layouttest.Map(cards)
	l.Update(m)
	return &picture.Scene{Plan: &l.Plan, Titles: func(num int32) string {
		k, _ := l.Numbers.ID(num)
		return m.Get(k).Title
	}}
}

// cameras are the views that matter: all of the map, half close, close.
func cameras(p *layout.Plan) map[string]picture.Camera {
	const w, h = 1400, 900
	fit := min(float32(w*64)/float32(p.R-p.L), float32(h*64)/float32(p.B-p.T))
	x, y := p.L+(p.R-p.L)/3, p.T+(p.B-p.T)/3
	return map[string]picture.Camera{
		"fit": picture.NewCamera(p.L, p.T, w, h, fit), "mid": picture.NewCamera(x, y, w, h, 0.35),
		"near": picture.NewCamera(x, y, w, h, 1),
	}
}

// TestFrameShowsWhatIsInSight: every instruction lies in or near the viewport, and
// no card that is in sight and large enough is missing.
func TestFrameShowsWhatIsInSight(t *testing.T) {
	s := scene(2000)
	for name, c := range cameras(s.Plan) {
		s.Camera = c
		seen := make(map[int32]bool)
		for list := s.Frame(); len(list) > 0; list = list[list[0]>>8:] {
			if list[0]>>8 < 2 || int(list[0]>>8) > len(list) {
				t.Fatalf("%s: the list is broken", name)
			}
			if picture.Op(list[0]&0xff) != picture.OpCard {
				continue
			}
			if seen[list[1]] {
				t.Errorf("%s: card %d is drawn twice", name, list[1])
			}
			seen[list[1]] = true
		}
		least := c.World(4)
		for i := range s.Plan.Boxes {
			b := &s.Plan.Boxes[i]
			inside := b.X < c.X+c.W && b.X+b.W > c.X && b.Y < c.Y+c.H && b.Y+b.H > c.Y
			if inside && min(b.W, b.H) >= least && !seen[b.Num] {
				t.Errorf("%s: card %d is in sight but not drawn", name, b.Num)
			}
			if margin := c.World(10); seen[b.Num] && (b.X-margin > c.X+c.W || b.X+b.W+margin < c.X) {
				t.Errorf("%s: card %d is out of sight but drawn", name, b.Num)
			}
		}
	}
}

// TestFrameAllocatesNothing once its buffers have grown.
func TestFrameAllocatesNothing(t *testing.T) {
	s := scene(2000)
	for name, c := range cameras(s.Plan) {
		s.Camera = c
		s.Frame()
		if n := testing.AllocsPerRun(10, func() { s.Frame() }); n > 0 {
			t.Errorf("%s: %v allocations a frame", name, n)
		}
	}
}

// TestHitFindsCards: at the start of a title lies its card, or what is painted
// over it.
func TestHitFindsCards(t *testing.T) {
	s := scene(300)
	s.Camera = picture.NewCamera(0, 0, 1400, 900, 1)
	for i := range s.Plan.Boxes {
		b := &s.Plan.Boxes[i]
		h := s.Hit(b.TX+1, b.TY+b.LineHeight/2, 0, nil)
		if over := s.Plan.Box(h.Num); h.Num == 0 || over >= 0 && over < int32(i) {
			t.Errorf("at the title of %d lies %+v", b.Num, h)
		}
	}
	if h := s.Hit(s.Plan.L-6400, s.Plan.T-6400, 64, nil); h.Num != 0 {
		t.Errorf("outside the map lies %+v", h)
	}
}

// TestLasso takes whole cards and leaves out what lies in them.
func TestLasso(t *testing.T) {
	s := scene(100)
	p := s.Plan
	got := s.Lasso(nil, p.L-1, p.T-1, p.R+1, p.B+1)
	roots := 0
	for i := int32(0); i < int32(len(p.Boxes)); i = p.Boxes[i].End {
		roots++
	}
	if len(got) != roots {
		t.Errorf("%d cards, want the %d outermost", len(got), roots)
	}
}

// TestNear walks a list down and up again.
func TestNear(t *testing.T) {
	s := scene(100)
	p := s.Plan
	for i := range p.Boxes {
		b := &p.Boxes[i]
		if b.Parent < 0 || p.Boxes[b.Parent].Layout != 1 || b.Order+1 >= b.Siblings || b.Link >= 0 {
			continue
		}
		next := &p.Boxes[b.End]
		if got := s.Near(b.Num, picture.Down); got != next.Num {
			t.Errorf("below %d is %d, want %d", b.Num, got, next.Num)
		}
		if got := s.Near(next.Num, picture.Up); got != b.Num {
			t.Errorf("above %d is %d, want %d", next.Num, got, b.Num)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, size := range []struct {
		name  string
		cards int
	}{{"1k", 1000}, {"10k", 10_000}, {"50k", 50_000}} {
		s := scene(size.cards)
		for _, name := range []string{"fit", "mid", "near"} {
			b.Run(size.name+"/"+name, func(b *testing.B) {
				s.Camera = cameras(s.Plan)[name]
				words := 0
				for b.Loop() {
					words = len(s.Frame())
				}
				b.ReportMetric(float64(words), "words")
			})
		}
		b.Run(size.name+"/naive", func(b *testing.B) { // everything, in full detail
			s.Camera = picture.NewCamera(s.Plan.L, s.Plan.T, 1<<24, 1<<24, 1)
			words := 0
			for b.Loop() {
				words = len(s.Frame())
			}
			b.ReportMetric(float64(words), "words")
		})
	}
}
