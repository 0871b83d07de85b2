package archive

import (
	"context"
	"io"
	"time"
)

// Pace lets work go on for a part of the time, so that who edits meanwhile has the rest.
// Nil is no bound. It belongs to one goroutine.
type Pace struct {
	share float64 // of the time, above 0 and at most 1
	began time.Time
}

// paceStep is how long work goes on before it rests.
const paceStep = 5 * time.Millisecond

// NewPace lets work go on for a share of the time.
func NewPace(share float64) *Pace { return &Pace{share: share} }

// Rest waits if it is time to.
func (p *Pace) Rest(ctx context.Context) {
	if p == nil || p.share >= 1 {
		return
	}
	if p.began.IsZero() {
		p.began = time.Now()
		return
	}
	worked := time.Since(p.began)
	if worked < paceStep {
		return
	}
	t := time.NewTimer(time.Duration(float64(worked) * (1/p.share - 1)))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	p.began = time.Now()
}

// reader reads at that pace, until its context ends.
func (p *Pace) reader(ctx context.Context, r io.Reader) io.Reader { return &paced{ctx, r, p} }

type paced struct {
	ctx context.Context //nolint:containedctx // it lives as long as one call
	r   io.Reader
	p   *Pace
}

// Read implements io.Reader.
func (r *paced) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	r.p.Rest(r.ctx)
	return r.r.Read(b)
}
