package mail

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"plectica/internal/fault"
	"plectica/internal/id"
)

const (
	// maxBodyBytes bounds each of a mail's two forms.
	maxBodyBytes = 32 << 10
	// maxLinkBytes bounds the one link of a mail.
	maxLinkBytes = 1024
	// storedVersion is the form mails wait in.
	storedVersion = 1
)

// Message is a mail as a driver gets it.
type Message struct {
	ID      string // of the Message-ID header, without its brackets; the same at every try
	Kind    Kind
	From    Address
	To      Address
	Subject string
	Text    string
	HTML    string
	Link    string // the one that Text and HTML hold; may be empty
	Code    string // the digits that they hold; may be empty
	Date    time.Time
	Until   time.Time // not sent after; zero: no such time
}

// Check reports what no mail of ours may be like. It is asked before a mail waits
// and again before it goes, so nothing that was stored can add a header.
func (m Message) Check() error {
	name, domain, ok := strings.Cut(m.ID, "@")
	if _, err := id.Parse[[id.Size]byte](name); err != nil || !ok || !isDomain(domain) {
		return unfit("its Message-ID is none")
	}
	if !isKind(m.Kind) {
		return unfit("its kind is unknown")
	}
	for _, a := range []Address{m.From, m.To} {
		same, err := ParseAddress(a.String())
		if same.Name = a.Name; err != nil || same != a || !isLine(a.Name, maxNameRunes) {
			return unfit("an address is none")
		}
	}
	if m.Subject == "" || !isLine(m.Subject, maxSubjectRunes) {
		return unfit("its subject is not one line of characters")
	}
	if !isBody(m.Text, maxBodyBytes) || !isBody(m.HTML, maxBodyBytes) {
		return unfit("it has no text, too much, or control characters in it")
	}
	if m.Link != "" && !isLink(m.Link) {
		return unfit("its link is no address")
	}
	if m.Code != "" && !isCode(m.Code) {
		return unfit("its code is no code")
	}
	if y := m.Date.Year(); y < 1970 || y > 9999 {
		return unfit("its date is none")
	}
	return nil
}

func unfit(why string) error { return fault.New(fault.Invalid, "the mail cannot be sent: "+why) }

// isCode reports whether s is digits that people can type.
func isCode(s string) bool {
	return len(s) >= leastCode && len(s) <= mostCode && strings.Trim(s, "0123456789") == ""
}

// isLink reports whether s is an https address of plain characters.
func isLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= maxLinkBytes && u.Scheme == "https" && u.Host != "" && u.User == nil && isURLText(s)
}

// isURLText reports whether all of s may stand in an address as it is.
func isURLText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~:/?#[]@!$&+,;=%", r)
	})
}

// msg returns the mail for the wire.
func (m Message) msg() *gomail.Msg {
	g := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	g.FromMailAddress(m.From.header())
	g.ToMailAddress(m.To.header())
	g.Subject(m.Subject)
	g.SetMessageIDWithValue(m.ID)
	g.SetDateWithValue(m.Date.UTC())
	// Nobody's absence is to be answered to us.
	g.SetGenHeader("Auto-Submitted", "auto-generated")
	g.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	g.SetBodyString(gomail.TypeTextPlain, m.Text)
	g.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return g
}

// WriteTo writes the mail as it goes over the wire.
func (m Message) WriteTo(w io.Writer) (int64, error) {
	if err := m.Check(); err != nil {
		return 0, err
	}
	n, err := m.msg().WriteTo(w)
	if err != nil {
		return n, fault.Wrap(fault.Internal, "write a mail", err)
	}
	return n, nil
}

// stored is a mail that waits. Whom it is from is the configuration's at the time it
// goes.
type stored struct {
	Version int    `json:"version"`
	ID      string `json:"id"`
	Kind    Kind   `json:"kind"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
	Link    string `json:"link,omitempty"`
	Code    string `json:"code,omitempty"`
	Date    int64  `json:"date"`
	Until   int64  `json:"until,omitempty"`
}

func (m Message) encode() ([]byte, error) {
	v := stored{
		Version: storedVersion, ID: m.ID, Kind: m.Kind, To: m.To.String(), Subject: m.Subject, Text: m.Text, HTML: m.HTML, Link: m.Link, Code: m.Code,
		Date: m.Date.UnixMilli(),
	}
	if !m.Until.IsZero() {
		v.Until = m.Until.UnixMilli()
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "encode a mail", err)
	}
	return b, nil
}

// decode reads a mail that waited back, and checks it.
func decode(data []byte, from Address) (Message, error) {
	var v stored
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil || v.Version != storedVersion {
		return Message{}, unfit("what was stored of it is not readable")
	}
	to, err := ParseAddress(v.To)
	if err != nil {
		return Message{}, err
	}
	m := Message{
		ID: v.ID, Kind: v.Kind, From: from, To: to, Subject: v.Subject, Text: v.Text, HTML: v.HTML, Link: v.Link, Code: v.Code,
		Date: time.UnixMilli(v.Date).UTC(),
	}
	if v.Until != 0 {
		m.Until = time.UnixMilli(v.Until).UTC()
	}
	return m, m.Check()
}
