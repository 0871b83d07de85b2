package app

import (
	"context"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/config"
	"plectica/internal/fault"
	"plectica/internal/mail"
	"plectica/internal/org"
	"plectica/internal/store"
)

const (
	// siteName is what the site calls itself in mail.
	siteName = "Plectica"
	// joinPage is where an invitation leads; its secret follows in the fragment.
	joinPage = "/join#"
	// logFrom is whom mail is from that goes nowhere.
	logFrom = "plectica@localhost"
	// maxPasswordBytes bounds the file with the mail server's password.
	maxPasswordBytes = 1024
	// countTimeout bounds counting what waits, for a metric.
	countTimeout = time.Second
)

// openMail makes what writes and sends the site's own mail.
func (s *server) openMail(now func() time.Time) (*mail.Service, error) {
	c := s.o.Config.Mail
	driver, err := s.mailDriver(c)
	if err != nil {
		return nil, err
	}
	if c.From == "" {
		c.From = logFrom
	}
	m, err := mail.New(mail.Config{
		Outbox: s.store, Driver: driver, From: c.From, SiteName: siteName, OnError: s.fault, Now: now,
		Origin: func() string { return s.origins.get()[0] },
		Count:  countMail(s.metrics),
	})
	if err != nil {
		return nil, err
	}
	s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "plectica_mail_waiting", Help: "Mails that wait to be sent."},
		func() float64 { return waitingMail(m) }))
	return m, nil
}

// mailDriver makes the way out that the configuration names.
func (s *server) mailDriver(c config.Mail) (mail.Driver, error) {
	switch c.Driver {
	case "smtp":
	case "log":
		return mail.NewLog(s.log, s.o.Out), nil
	default:
		return mail.None{}, nil
	}
	from, err := mail.ParseSender(c.From)
	if err != nil {
		return nil, err
	}
	password, err := readPassword(c.PasswordFile)
	if err != nil {
		return nil, err
	}
	return mail.NewSMTP(mail.SMTPConfig{
		Host: c.Host, Port: c.Port, Security: mail.Security(c.Security), Username: c.Username, Password: password, Hello: from.Domain,
	})
}

// inviteByMail sends invitations by mail; nil where this site sends none.
func (s *server) inviteByMail() func(ctx context.Context, lang mail.Language, v org.Invite) error {
	if !s.mail.Enabled() {
		return nil
	}
	return func(ctx context.Context, lang mail.Language, v org.Invite) error {
		return s.mail.Send(ctx, lang, v.Email, invitationLetter(v))
	}
}

// invitationLetter is what somebody gets who is invited.
func invitationLetter(v org.Invite) mail.Letter {
	link := mail.Link{Path: joinPage + v.Secret, Until: time.UnixMilli(v.Expires)}
	switch v.Object.Sort {
	case store.SortMap:
		return mail.InviteMap{Link: link, Inviter: mail.Name(v.Inviter), Map: mail.Name(v.Place)}
	case store.SortFolder:
		return mail.InviteFolder{Link: link, Inviter: mail.Name(v.Inviter), Folder: mail.Name(v.Place)}
	}
	return mail.InviteOrganisation{Link: link, Inviter: mail.Name(v.Inviter), Organisation: mail.Name(v.Place)}
}

// readPassword returns the one line of a file; no file has none.
func readPassword(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	f, err := os.Open(file)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "read the mail server's password (mail.password_file)", err)
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, maxPasswordBytes+1))
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "read the mail server's password (mail.password_file)", err)
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if password == "" || len(b) > maxPasswordBytes || strings.ContainsAny(password, "\r\n\x00") {
		return "", fault.New(fault.Invalid, "the file mail.password_file holds one line, the password, of at most 1 KiB")
	}
	return password, nil
}

// countMail counts what becomes of mail.
func countMail(r prometheus.Registerer) func(mail.Outcome) {
	tries := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "plectica_mail_total", Help: "Tries to send a mail, by what became of it.",
	}, []string{"outcome"})
	r.MustRegister(tries)
	for _, o := range mail.Outcomes() {
		tries.WithLabelValues(string(o))
	}
	return func(o mail.Outcome) { tries.WithLabelValues(string(o)).Inc() }
}

// waitingMail returns how many mails wait, or nothing when that cannot be told.
func waitingMail(m *mail.Service) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), countTimeout)
	defer cancel()
	n, _, err := m.Waiting(ctx)
	if err != nil {
		return math.NaN()
	}
	return float64(n)
}
