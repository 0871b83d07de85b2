package app

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plectica/internal/config"
	"plectica/internal/fault"
	"plectica/internal/mail"
	"plectica/internal/operate"
)

// TestWaitingMailGoesAtTheStart: what waited while nothing ran is sent; its link is on
// the terminal and not in the log.
func TestWaitingMailGoesAtTheStart(t *testing.T) {
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	start(t, c, nil).end(t)
	db, err := operate.DatabaseOf(c)
	if err != nil {
		t.Fatal(err)
	}
	st, err := db.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.New(mail.Config{
		Outbox: st, Driver: mail.NewLog(nil, io.Discard), From: logFrom, SiteName: siteName, Origin: func() string { return "https://maps.example.org" },
	})
	if err != nil {
		t.Fatal(err)
	}
	link := mail.Link{Path: "/reset#secret", Until: time.Now().Add(time.Hour)}
	if err := m.Send(t.Context(), mail.English, "ada@example.org", mail.ResetPassword{Link: link}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	c.Mail.Driver = "log"
	r := start(t, c, nil)
	until(t, "the mail was written", func() bool { return strings.Contains(r.logs.String(), "a mail was written") })
	if out := r.out.String(); !strings.Contains(out, "https://maps.example.org/reset#secret") {
		t.Errorf("said %s", out)
	}
	r.end(t)
	if logs := r.logs.String(); strings.Contains(logs, "secret") || strings.Contains(logs, "ada@") || strings.Count(logs, "a mail was written") != 1 {
		t.Errorf("logged %s", logs)
	}
}

func TestMailDriver(t *testing.T) {
	dir := t.TempDir()
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &server{o: Options{Out: io.Discard}}
	for _, c := range []struct {
		conf    config.Mail
		enabled bool
	}{
		{config.Default().Mail, false},
		{config.Mail{Driver: "log"}, true},
		{config.Mail{Driver: "smtp", Host: "mail.example.org", Security: "starttls", From: "maps@example.org"}, true},
		{config.Mail{Driver: "smtp", Host: "mail.example.org", Security: "tls", From: "maps@example.org", Username: "x", PasswordFile: password}, true},
	} {
		d, err := s.mailDriver(c.conf)
		if err != nil || d.Enabled() != c.enabled {
			t.Errorf("%+v: %v", c.conf, err)
		}
	}
	c := config.Mail{Driver: "smtp", Host: "mail.example.org", Security: "tls", From: "maps@example.org", Username: "x", PasswordFile: filepath.Join(dir, "none")}
	if _, err := s.mailDriver(c); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "mail.password_file") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestReadPassword(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"a b\n": "a b", "a b": "a b", "a b\r\n": "a b", " a \n": " a ",
		"": "", "\n": "", "a\nb\n": "", "a\x00b": "", strings.Repeat("x", maxPasswordBytes+1): "",
	} {
		name := filepath.Join(dir, "password")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readPassword(name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%.20q: %q, %v", text, got, err)
		}
		if err != nil && (!fault.Is(err, fault.Invalid) || text != "" && strings.TrimSpace(text) != "" && strings.Contains(err.Error(), text)) {
			t.Errorf("%.20q: error %v", text, err)
		}
	}
}
