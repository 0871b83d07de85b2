package account

import (
	"testing"
	"time"

	"plectica/internal/fault"
	"plectica/internal/throttle"
)

// TestBrake: AU-10. From a network that is slowed down few sign-ins are tried, known account or
// not; who was signed in with this browser before goes on, and others from elsewhere do.
func TestBrake(t *testing.T) {
	b := newBench(t)
	b.operator(t)
	brake := throttle.NewBrake()
	b.c.Brake = brake
	known := from("192.0.2.1")
	in, err := b.SignIn(t.Context(), known, "op@example.test", good)
	if err != nil {
		t.Fatal(err)
	}
	known.Device = in.Device
	brake.Slow(b.now, throttle.OfNetwork(known.Addr), b.now.Add(time.Hour))
	tried := map[string]int{}
	for range 20 {
		for _, email := range []string{"op@example.test", "nobody@example.test"} {
			if _, err := b.SignIn(t.Context(), from("192.0.2.77"), email, other); !fault.Is(err, fault.Limit) {
				tried[email]++
			}
		}
	}
	if n := tried["op@example.test"] + tried["nobody@example.test"]; n == 0 || n > 6 || tried["nobody@example.test"] == 0 {
		t.Errorf("tried %v", tried)
	}
	if _, err := b.SignIn(t.Context(), known, "op@example.test", good); err != nil {
		t.Errorf("with a browser that is known: %v", err)
	}
	if _, err := b.SignIn(t.Context(), from("198.51.100.1"), "op@example.test", good); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	b.pass(time.Hour)
	if _, err := b.SignIn(t.Context(), from("192.0.2.77"), "op@example.test", good); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}
