package lookout

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/store"
	"plectica/internal/watch"
)

// TestTelling: AU-9, AU-10. What somebody wants to be told is kept over a restart and holds from
// then on; nothing is done by itself that was not allowed, or for a mere notice.
func TestTelling(t *testing.T) {
	b := newBench(t)
	var did []watch.Answer
	listen := func() {
		b.restart()
		b.look.c.Answer = func(_ context.Context, _ Alert, do []watch.Answer) error {
			did = append(did, do...)
			return nil
		}
	}
	listen()
	b.stuff(200)
	b.all()
	if len(b.told) == 0 || len(did) != 0 {
		t.Fatalf("told %d, did %v that nobody allowed", len(b.told), did)
	}
	for name, bad := range map[string]Telling{
		"no sensitivity": {}, "too little": {Sensitivity: 0.1}, "unknown kind": {Sensitivity: 1, Off: []watch.Kind{"x"}},
		"twice": {Sensitivity: 1, Off: []watch.Kind{watch.Stuffing, watch.Stuffing}}, "what harms": {Sensitivity: 1, Automatic: []watch.Answer{watch.Lock}},
	} {
		if err := b.look.SetTelling(t.Context(), store.OrgID{}, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.look.SetTelling(t.Context(), store.OrgID{1}, Telling{Sensitivity: 1, Automatic: []watch.Answer{watch.SlowDown}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an organisation decides for the site: %v", err)
	}
	want := Telling{Sensitivity: 1, Automatic: []watch.Answer{watch.SlowDown}}
	b.must(b.look.SetTelling(t.Context(), store.OrgID{}, want))
	listen()
	if diff := cmp.Diff(want, b.look.Telling(store.OrgID{})); diff != "" {
		t.Errorf("after a restart: %s", diff)
	}
	b.stuffFrom("203.0.113.9", 200)
	b.all()
	if len(did) == 0 || did[0] != watch.SlowDown {
		t.Errorf("nothing was done by itself: %v", did)
	}
	b.must(b.look.SetTelling(t.Context(), store.OrgID{}, Telling{Sensitivity: 1, Off: []watch.Kind{watch.Stuffing}}))
	was := len(b.told)
	b.stuffFrom("192.0.2.9", 200)
	b.all()
	if len(b.told) != was {
		t.Error("what was switched off is told")
	}
	if got := (&Service{tellings: map[store.OrgID]Telling{{}: want}}).byItself(Alert{Severity: watch.Notice, Answers: []watch.Answer{watch.SlowDown}}); len(got) != 0 {
		t.Errorf("a mere notice is answered: %v", got)
	}
}
