package share

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// swept counts the visits that it was asked to remove.
type swept struct {
	Store
	rows int
}

func (s *swept) SweepVisits(_ context.Context, _ int64, limit int) error {
	s.rows += limit
	return nil
}

func (*swept) EndPasses(context.Context, int64, int) error { return nil }

// TestVisitsAreSweptInTime: whoever opens a link leaves a visit, and so does every look
// at an embedded map: as many go as can come.
func TestVisitsAreSweptInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		st := &swept{}
		s := New(Config{Store: st})
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		const minutes, most = 30, 20 * 60 // links are opened at most 20 times a second
		time.Sleep(minutes*time.Minute + time.Second)
		stop()
		<-done
		if st.rows < minutes*most {
			t.Errorf("%d visits in half an hour, while %d can come", st.rows, minutes*most)
		}
	})
}
