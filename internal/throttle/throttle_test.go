package throttle

import (
	"net/netip"
	"strconv"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	l := New(Rate{Burst: 2, Every: time.Second})
	now := time.Unix(1000, 0)
	want := func(key string, wait time.Duration) {
		t.Helper()
		if got := l.Take(now, key); got != wait {
			t.Errorf("%s at %v: wait %v, want %v", key, now, got, wait)
		}
	}
	want("a", 0)
	want("a", 0)
	want("a", time.Second)
	want("b", 0)
	now = now.Add(1500 * time.Millisecond)
	want("a", 0)
	want("a", 500*time.Millisecond)
	l.Give("a")
	want("a", 0)
	l.Give("nobody")
	now = now.Add(-time.Hour)
	want("a", 500*time.Millisecond)
	now = now.Add(time.Second)
	want("a", 0)
}

func TestZeroRateIsNoBound(t *testing.T) {
	l := New(Rate{})
	for range 1000 {
		if wait := l.Take(time.Time{}, "x"); wait != 0 {
			t.Fatal("a limiter without a rate limits")
		}
	}
}

func TestLimiterIsBounded(t *testing.T) {
	l := New(Rate{Burst: 1, Every: time.Hour})
	now := time.Unix(0, 0)
	for i := range 3 * MaxKeys {
		l.Take(now, netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i)}).String())
	}
	if len(l.keys) != MaxKeys || l.used.Len() != MaxKeys {
		t.Errorf("%d keys, %d buckets", len(l.keys), l.used.Len())
	}
}

func TestPrefix(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.77":           "192.0.2.0/24",
		"::ffff:192.0.2.77":    "192.0.2.0/24",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"fe80::1%eth0":         "fe80::/64",
		"":                     "unknown",
	} {
		a, _ := netip.ParseAddr(in) // the zero address where it is none
		if got := Prefix(a, 24, 64); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestBrake(t *testing.T) {
	var nobody *Brake
	now := time.Unix(1000, 0)
	if nobody.Take(now, "a") != 0 {
		t.Error("no brake slows somebody down")
	}
	b := NewBrake()
	b.Slow(now, "a", now.Add(time.Hour))
	slow := func(key string) (n int) {
		for range 100 {
			if b.Take(now, key) > 0 {
				n++
			}
		}
		return n
	}
	if n := slow("a"); n < 75 || n > 85 || slow("b") != 0 {
		t.Error("who is slowed down is not, or somebody else is")
	}
	now = now.Add(time.Minute)
	if b.Take(now, "a") != 0 {
		t.Error("who is slowed down gets no further")
	}
	now = now.Add(time.Hour)
	if slow("a") != 0 || b.Slowed(now, "a") {
		t.Error("it does not end")
	}
	here, next := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	b.Slow(now, OfNetwork(here), now.Add(time.Hour))
	for range 100 {
		if b.Try(now, here) != 0 {
			t.Fatal("what succeeds counts")
		}
		b.Give(here)
	}
	tried := 0
	for range 100 {
		if b.Try(now, here) == 0 {
			tried++
		}
	}
	if tried != slowTries().Burst || b.Try(now, next) != 0 || b.Try(now, netip.MustParseAddr("198.51.100.1")) != 0 {
		t.Errorf("%d attempts, or one address slows another down", tried)
	}
	b = NewBrake()
	for i := range MaxKeys + 1 {
		b.Slow(now, strconv.Itoa(i), now.Add(time.Duration(i+1)*time.Second))
	}
	if b.Slowed(now, "0") || !b.Slowed(now, "1") || !b.Slowed(now, strconv.Itoa(MaxKeys)) {
		t.Error("who is slowed down until the earliest makes room")
	}
}
