package mail

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
)

// testMessage is a mail that may go.
func testMessage() Message {
	return Message{
		ID: "0123456789abcdefghijklmno0@maps.example.org", Kind: KindTest,
		From: Address{Name: "Plectica", Local: "plectica", Domain: "maps.example.org"}, To: Address{Local: "ada", Domain: "example.org"},
		Subject: "A test", Text: "Hello\n", HTML: "<p>Hello</p>\n", Date: testTime(),
	}
}

// parsed is a mail as whoever gets it reads it.
type parsed struct {
	Headers map[string][]string
	Subject string
	From    netmail.Address
	To      netmail.Address
	Parts   []part
}

type part struct{ Type, Body string }

// parse reads a mail as programs of others do.
func parse(t testing.TB, raw []byte) parsed {
	t.Helper()
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") || slices.ContainsFunc(line, func(b byte) bool { return b >= 0x80 }) {
			t.Fatalf("a line that no server takes: %q", line)
		}
	}
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	p := parsed{Headers: m.Header}
	var dec mime.WordDecoder
	if p.Subject, err = dec.DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key string
		to  *netmail.Address
	}{{"From", &p.From}, {"To", &p.To}} {
		list, err := m.Header.AddressList(c.key)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %v, %v", c.key, list, err)
		}
		*c.to = *list[0]
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("a mail of type %s, %v", kind, err)
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		next, err := r.NextPart() // decodes quoted-printable
		if err == io.EOF {
			return p
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(next)
		if err != nil {
			t.Fatal(err)
		}
		p.Parts = append(p.Parts, part{next.Header.Get("Content-Type"), strings.ReplaceAll(string(body), "\r\n", "\n")})
	}
}

func written(t testing.TB, m Message) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// headerNames are all that a mail of ours has.
func headerNames() []string {
	return []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "X-Auto-Response-Suppress"}
}

// wantSame compares a mail with what is read of it.
func wantSame(t testing.TB, m Message, raw []byte) {
	t.Helper()
	got := parse(t, raw)
	var names []string
	for name, values := range got.Headers {
		if names = append(names, name); len(values) != 1 {
			t.Errorf("%d headers %s: %q", len(values), name, values)
		}
	}
	slices.Sort(names)
	if d := cmp.Diff(headerNames(), names); d != "" {
		t.Errorf("headers:\n%s\n%s", d, raw)
	}
	want := parsed{
		Headers: got.Headers, Subject: m.Subject, From: *m.From.header(), To: *m.To.header(),
		Parts: []part{{"text/plain; charset=UTF-8", m.Text}, {"text/html; charset=UTF-8", m.HTML}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("read back:\n%s\n%s", d, raw)
	}
	for name, value := range map[string]string{
		"Message-Id": "<" + m.ID + ">", "Auto-Submitted": "auto-generated", "Date": m.Date.UTC().Format(time.RFC1123Z), "Mime-Version": "1.0",
	} {
		if h := got.Headers[name]; len(h) != 1 || h[0] != value {
			t.Errorf("%s: %q, want %q", name, h, value)
		}
	}
}

func TestEveryLetterIsReadAsWritten(t *testing.T) {
	l := testLibrary(t)
	for _, v := range letters() {
		for _, lang := range languages() {
			r := render(t, l, lang, v)
			m := testMessage()
			m.Kind, m.Subject, m.Text, m.HTML = v.kind(), r.subject, r.text, r.html
			wantSame(t, m, written(t, m))
		}
	}
}

func TestWireForm(t *testing.T) {
	for name, change := range map[string]func(*Message){
		"umlauts":              func(m *Message) { m.Subject, m.From.Name = "Größe über Äpfel und Öl", "Müllers Maps" },
		"from right to left":   func(m *Message) { m.Subject = "הזמנה למפה “מים”" },
		"long":                 func(m *Message) { m.Subject = strings.Repeat("ü", maxSubjectRunes) },
		"long and in one word": func(m *Message) { m.Subject = strings.Repeat("x", maxSubjectRunes) },
		"marks":                func(m *Message) { m.Subject, m.From.Name = `a"b\c<d>,;:(e)@f _=?`+"x", `"Q" <x@y.z>, (c)` },
		"a dot alone":          func(m *Message) { m.Text = "a\n.\n..\nQUIT\n" },
		"long lines":           func(m *Message) { m.Text = strings.Repeat("wört ", 1000) + "\n" },
		"lines that look like the border": func(m *Message) {
			m.Text = "--\n--x--\nContent-Type: text/html\n\n<b>\n"
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := testMessage()
			change(&m)
			if name == "marks" {
				m.Subject = strings.ReplaceAll(m.Subject, "=?", "= ?")
			}
			wantSame(t, m, written(t, m))
		})
	}
}

// TestNoHeaderIsInjected: none of this comes near a mail server.
func TestNoHeaderIsInjected(t *testing.T) {
	for name, change := range map[string]func(*Message){
		"CRLF in the subject":              func(m *Message) { m.Subject = "a\r\nBcc: x@evil.example" },
		"LF in the subject":                func(m *Message) { m.Subject = "a\nBcc: x@evil.example" },
		"CR in the subject":                func(m *Message) { m.Subject = "a\rBcc: x@evil.example" },
		"a folded subject":                 func(m *Message) { m.Subject = "a\r\n b" },
		"NUL in the subject":               func(m *Message) { m.Subject = "a\x00b" },
		"a tab in the subject":             func(m *Message) { m.Subject = "a\tb" },
		"a line separator":                 func(m *Message) { m.Subject = "a\u2028b" },
		"direction marks":                  func(m *Message) { m.Subject = "a\u202eb" },
		"no width":                         func(m *Message) { m.Subject = "a\u200bb" },
		"an encoded word":                  func(m *Message) { m.Subject = "=?utf-8?q?a=0D=0ABcc:x?=" },
		"no UTF-8":                         func(m *Message) { m.Subject = "a\xff" },
		"two spaces":                       func(m *Message) { m.Subject = "a  b" },
		"a long subject":                   func(m *Message) { m.Subject = strings.Repeat("x", maxSubjectRunes+1) },
		"no subject":                       func(m *Message) { m.Subject = "" },
		"CRLF in the local part":           func(m *Message) { m.To.Local = "a\r\nRCPT TO:<x@y.z>" },
		"an angle bracket":                 func(m *Message) { m.To.Local = "a>b" },
		"a second address":                 func(m *Message) { m.To.Local = "a@x.y,b" },
		"LF in the domain":                 func(m *Message) { m.To.Domain = "example.org\nDATA" },
		"a parameter of RCPT":              func(m *Message) { m.To.Domain = "example.org> NOTIFY=SUCCESS" },
		"CRLF in the sender":               func(m *Message) { m.From.Local = "a\r\nb" },
		"CRLF in the sender's name":        func(m *Message) { m.From.Name = "a\r\nBcc: x@y.z" },
		"an encoded word as name":          func(m *Message) { m.From.Name = "=?utf-8?q?x?=" },
		"a long name":                      func(m *Message) { m.From.Name = strings.Repeat("x", maxNameRunes+1) },
		"a name at the recipient":          func(m *Message) { m.To.Name = "x\ny" },
		"CRLF in the Message-ID":           func(m *Message) { m.ID += "\r\nBcc: x@y.z" },
		"a Message-ID of another form":     func(m *Message) { m.ID = "x@maps.example.org" },
		"no domain in the Message-ID":      func(m *Message) { m.ID = "0123456789abcdefghijklmno0@" },
		"no Message-ID":                    func(m *Message) { m.ID = "" },
		"an unknown kind":                  func(m *Message) { m.Kind = "x\r\ny" },
		"CR in the text":                   func(m *Message) { m.Text = "a\r.\r\nMAIL FROM:<x@y.z>" },
		"NUL in the HTML":                  func(m *Message) { m.HTML = "a\x00" },
		"no text":                          func(m *Message) { m.Text = "" },
		"no HTML":                          func(m *Message) { m.HTML = "" },
		"much text":                        func(m *Message) { m.Text = strings.Repeat("x", maxBodyBytes+1) },
		"a link with a line":               func(m *Message) { m.Link = "https://a.example/\nx" },
		"a link that is a script":          func(m *Message) { m.Link = "javascript:alert(1)" },
		"a plain link":                     func(m *Message) { m.Link = "http://a.example/" },
		"a link that pretends to a place":  func(m *Message) { m.Link = "https://maps.example.org@evil.example/" },
		"a code with a line":               func(m *Message) { m.Code = "1234567\n" },
		"a code of words":                  func(m *Message) { m.Code = "password" },
		"a long code":                      func(m *Message) { m.Code = strings.Repeat("1", mostCode+1) },
		"a long link":                      func(m *Message) { m.Link = "https://a.example/" + strings.Repeat("x", maxLinkBytes) },
		"no date":                          func(m *Message) { m.Date = time.Time{} },
		"a year that has too many figures": func(m *Message) { m.Date = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		m := testMessage()
		change(&m)
		var out bytes.Buffer
		if _, err := m.WriteTo(&out); !fault.Is(err, fault.Invalid) || out.Len() > 0 {
			t.Errorf("%s: error %v, written %q", name, err, out.Bytes())
		}
	}
	if err := testMessage().Check(); err != nil {
		t.Errorf("and a good one: %v", err)
	}
}

func TestParseAddress(t *testing.T) {
	for in, want := range map[string]Address{
		"ada@example.org":                {Local: "ada", Domain: "example.org"},
		"Ada.L+maps@Example.ORG":         {Local: "Ada.L+maps", Domain: "example.org"},
		"o'neill@a-b.example":            {Local: "o'neill", Domain: "a-b.example"},
		"ju\u0308rgen@example.org":       {Local: "jürgen", Domain: "example.org"},
		"jürgen@größe.example":           {Local: "jürgen", Domain: "xn--gre-6ka8i.example"},
		"op@localhost":                   {Local: "op", Domain: "localhost"},
		strings.Repeat("a", 64) + "@b.c": {Local: strings.Repeat("a", 64), Domain: "b.c"},
	} {
		if got, err := ParseAddress(in); err != nil || got != want {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", "@", "a", "a@", "@b.c", "a@b@c", "a b@c.d", "a@b c.d", " a@b.c", "a@b.c ", "a@b.c\n", "a\r\n@b.c", "\"a b\"@c.d", "<a@b.c>", "A <a@b.c>",
		"a@b.c, d@e.f", "a@[127.0.0.1]", "a@127.0.0.1", "a@-b.c", "a@b-.c", "a@b..c", "a@.b", ".a@b.c", "a.@b.c", "a..b@c.d", "a@b_c.d", "a@b.c.",
		"a\x00@b.c", "a\u202e@b.c", "a\u200b@b.c", "a\u3164@b.c", "a@b\u202e.c", "a(x)@b.c", "a;b@c.d", "a:b@c.d", "a\xff@b.c", "a@b.c>x",
		strings.Repeat("a", 65) + "@b.c", "a@" + strings.Repeat("b", 64) + ".c", "a@" + strings.Repeat("b.", 130) + "c",
	} {
		if got, err := ParseAddress(in); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q passed as %+v, %v", in, got, err)
		}
	}
}

func TestParseSender(t *testing.T) {
	for in, want := range map[string]Address{
		"maps@example.org":                   {Local: "maps", Domain: "example.org"},
		"Maps of Ours <maps@example.org>":    {Name: "Maps of Ours", Local: "maps", Domain: "example.org"},
		`"Müller, Söhne" <maps@example.org>`: {Name: "Müller, Söhne", Local: "maps", Domain: "example.org"},
	} {
		if got, err := ParseSender(in); err != nil || got != want {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", "maps", "a@b.c, d@e.f", "A <a@b.c>\r\nBcc: d@e.f", "=?utf-8?q?A=0D=0AB?= <a@b.c>", strings.Repeat("x", 61) + " <a@b.c>", "A\u202e <a@b.c>",
		"A <a@127.0.0.1>", `"a b"@c.d`, "A <a@b.c> B",
	} {
		if got, err := ParseSender(in); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q passed as %+v, %v", in, got, err)
		}
	}
}

func TestStored(t *testing.T) {
	m := testMessage()
	m.Code = "04711816"
	m.Link, m.Until = "https://maps.example.org/a#b", testTime().Add(time.Hour)
	data, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(data, m.From)
	if d := cmp.Diff(m, got); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	for name, bad := range map[string][]byte{
		"nothing": nil, "no JSON": []byte("x"), "cut off": data[:len(data)-1], "a later form": bytes.Replace(data, []byte(`"version":1`), []byte(`"version":2`), 1),
		"an unknown field": bytes.Replace(data, []byte(`"version"`), []byte(`"cc":"x@y.z","version"`), 1),
		"a header more":    bytes.Replace(data, []byte(`A test`), []byte(`A\r\nBcc: x@y.z`), 1),
		"another address":  bytes.Replace(data, []byte(`ada@example.org`), []byte(`ada@example.org>,<b@c.d`), 1),
	} {
		if _, err := decode(bad, m.From); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzMessage: what passes the check is read by others as it was meant, with no
// header more; whatever is typed makes a subject that passes.
func FuzzMessage(f *testing.F) {
	f.Add("ada@example.org", "Plectica <maps@example.org>", "Größe\r\nBcc: x@y.z", "Hello\n.\n", "<p>Hello</p>")
	f.Add("jürgen@größe.example", "a@b.c", "=?utf-8?q?=0A?=", "--\n", "\u202e")
	lib := testLibrary(f)
	f.Fuzz(func(t *testing.T, to, from, words, text, html string) {
		m := testMessage()
		var err error
		if m.To, err = ParseAddress(to); err != nil {
			m.To = testMessage().To
		}
		if m.From, err = ParseSender(from); err != nil {
			m.From = testMessage().From
		}
		r := render(t, lib, English, InviteMap{Link: testLink(), Inviter: Name(words), Map: Name(words)})
		m.Subject, m.Text, m.HTML = r.subject, r.text, r.html
		if err := m.Check(); err != nil {
			t.Fatalf("what people type makes no mail: %v", err)
		}
		m.Text, m.HTML = text, html
		if m.Check() != nil {
			return
		}
		for _, subject := range []string{m.Subject, words} {
			m.Subject = subject
			if m.Check() != nil {
				continue
			}
			raw := written(t, m)
			if m.To.ascii() && m.From.ascii() {
				wantSame(t, m, raw)
			}
		}
	})
}
