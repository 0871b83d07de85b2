package app

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"plectica/internal/durability"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/observe"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
)

// TestSomebodyIsTold: of an alarm is told again only where no operator could be told of it,
// and whoever alone could not is noted.
func TestSomebodyIsTold(t *testing.T) {
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "plectica.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	m, err := mail.New(mail.Config{
		Outbox: st, Driver: mail.NewLog(nil, io.Discard), From: logFrom, SiteName: siteName, Origin: func() string { return "https://maps.example.org" },
	})
	if err != nil {
		t.Fatal(err)
	}
	var logs bytes.Buffer
	s := &server{store: st, mail: m, log: observe.Logger(&logs, "info")}
	operator := func(n byte, address string) {
		t.Helper()
		a := store.Account{ID: id.Account{n}, Email: address, Name: "somebody", Operator: true}
		if err := st.CreateAccount(t.Context(), store.NewAccount{Account: a}); err != nil {
			t.Fatal(err)
		}
	}
	waiting := func(want int) {
		t.Helper()
		if n, _, err := m.Waiting(t.Context()); err != nil || n != want {
			t.Errorf("%d mails wait, want %d, %v", n, want, err)
		}
	}
	codes := []durability.Code{durability.LogBroken}
	if err := s.alarm(t.Context(), codes); err != nil {
		t.Errorf("nobody is there: %v", err)
	}
	operator(1, "no address")
	if err := s.alarm(t.Context(), codes); !fault.Is(err, fault.Invalid) {
		t.Errorf("nobody could be told: %v", err)
	}
	waiting(0)
	operator(2, "ada@example.org")
	logs.Reset()
	if err := s.alarm(t.Context(), codes); err != nil {
		t.Errorf("one could be told: %v", err)
	}
	waiting(1)
	if !strings.Contains(logs.String(), "background work failed") || strings.Contains(logs.String(), "ada@") {
		t.Errorf("logged %s", &logs)
	}
}
