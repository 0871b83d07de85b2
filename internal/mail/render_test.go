package mail

import (
	"flag"
	htmltemplate "html/template"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files")

const testOrigin = "https://maps.example.org"

func testTime() time.Time { return time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC) }

func testLink() Link {
	return Link{Path: "/reset#c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYw", Until: testTime().Add(24 * time.Hour)}
}

func testEvent() Event {
	return Event{When: testTime(), Device: "Firefox on Linux", Address: netip.MustParseAddr("192.0.2.7")}
}

// letters are one of each, by the name of its golden file.
func letters() map[string]Letter {
	bare := Event{When: testTime()}
	return map[string]Letter{
		"verify_address":        VerifyAddress{testLink()},
		"reset_password":        ResetPassword{testLink()},
		"change_address":        ChangeAddress{testLink()},
		"address_change":        AddressChange{Event: testEvent()},
		"address_change_done":   AddressChange{Event: testEvent(), Done: true},
		"password_changed":      PasswordChanged{testEvent()},
		"password_changed_bare": PasswordChanged{bare},
		"factor_added":          FactorAdded{FactorChange{Event: testEvent(), Factor: Passkey, Label: "Laptop"}},
		"factor_added_codes":    FactorAdded{FactorChange{Event: testEvent(), Factor: RecoveryCodes}},
		"login_added":           LoginAdded{LoginChange{Event: testEvent(), Provider: "Google"}},
		"login_removed":         LoginRemoved{LoginChange{Event: testEvent(), Provider: "Google"}},
		"factor_removed":        FactorRemoved{FactorChange{Event: testEvent(), Factor: App}},
		"new_sign_in":           NewSignIn{testEvent()},
		"sign_in_code":          SignInCode{Event: testEvent(), Code: "04711816", Until: testTime().Add(10 * time.Minute)},
		"recovery_code_used":    RecoveryCodeUsed{Event: testEvent(), Left: 7},
		"invite_site":           InviteSite{Link: testLink(), Inviter: "Jürgen Größe"},
		"invite_organisation":   InviteOrganisation{Link: testLink(), Inviter: "Ada <b>", Organisation: "Wasser & Söhne"},
		"invite_folder":         InviteFolder{Link: testLink(), Inviter: "Ada", Folder: "Plans"},
		"invite_map":            InviteMap{Link: testLink(), Inviter: "שרה לוי", Map: "The bees.example.com \u202Etrap"},
		"account_deleted":       AccountDeleted{bare},
		"token_made":            TokenMade{Event: testEvent(), Label: "nightly export"},
		"account_exists":        AccountExists{testEvent()},
		"passkey_refused":       PasskeyRefused{FactorChange{Event: testEvent(), Factor: Passkey, Label: "Laptop"}},
		"alarm":                 Alarm{bare, []string{"snapshots_late", "snapshot_damaged", "log_broken", "backup_failed", "backup_late", "drill_failed", "drill_late", "shipping_late", "clock_ahead", "watch"}},
		"test":                  Test{},
	}
}

func testLibrary(t testing.TB) *library {
	t.Helper()
	l, err := newLibrary()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func render(t testing.TB, l *library, lang Language, v Letter) rendered {
	t.Helper()
	p := page{Site: "Plectica", Origin: testOrigin, D: v}
	if path, _ := v.link(); path != "" {
		p.Link = testOrigin + path
	}
	r, err := l.render(lang, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGolden(t *testing.T) {
	l := testLibrary(t)
	seen := map[Kind]bool{}
	for name, v := range letters() {
		seen[v.kind()] = true
		for _, lang := range languages() {
			r := render(t, l, lang, v)
			got := "Subject: " + r.subject + "\n\n" + r.text + "\n" + strings.Repeat("=", 72) + "\n" + r.html
			path := filepath.Join("testdata", name+"."+string(lang)+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s (-want +got), go test ./internal/mail -run Golden -update if that is meant:\n%s", path, d)
			}
		}
	}
	for _, k := range Kinds() {
		if !seen[k] {
			t.Errorf("no letter of kind %s is tried", k)
		}
	}
}

func TestUnknownLanguageIsEnglish(t *testing.T) {
	l := testLibrary(t)
	if d := cmp.Diff(render(t, l, English, Test{}), render(t, l, "tlh", Test{}), cmp.AllowUnexported(rendered{})); d != "" {
		t.Error(d)
	}
}

// TestNothingIsFetched: a mail that fetches something tells that it was read.
func TestNothingIsFetched(t *testing.T) {
	l := testLibrary(t)
	address := regexp.MustCompile(`[a-z]+://[^\s"<]+`)
	for name, v := range letters() {
		for _, lang := range languages() {
			r := render(t, l, lang, v)
			for _, bad := range []string{"<img", "<link", "<script", "<style", "src=", "url(", "@import", "<iframe", "class="} {
				if strings.Contains(r.html, bad) {
					t.Errorf("%s: the HTML has %s", name, bad)
				}
			}
			for _, u := range address.FindAllString(r.html+r.text, -1) {
				if u = strings.TrimRight(u, ".;:,"); u != testOrigin && u != testOrigin+testLink().Path {
					t.Errorf("%s leads to %s", name, u)
				}
			}
			if !strings.Contains(r.html, `<html lang="`+string(lang)+`"`) || !strings.Contains(r.html, `name="color-scheme" content="light dark"`) {
				t.Errorf("%s does not say its language or its colours", name)
			}
		}
	}
}

func TestName(t *testing.T) {
	for in, want := range map[string]string{
		"Ada":                           "Ada",
		"  Jürgen \t Größe  ":           "Jürgen Größe",
		"Ju\u0308rgen":                  "Jürgen",
		"a\r\nBcc: x@y":                 "a Bcc: x@y",
		"a\u2028b\u2029c\u0085d\u00a0e": "a b c d e",
		"a\x00b\x1b[31mc\x7f":           "a b [31mc",
		"gro\u202eß\u202c":              "groß",
		"\u2066a\u2067b\u2068c\u2069":   "abc",
		"a\u200bb\u200cc\u200dd\ufeffe\u2060f\u00adg": "abcdefg",
		"\u3164\u115f\u2800\U000e0041":                "…",
		"":                                            "…",
		"\xff\xfeA":                                   "A",
		"שרה":                                         "שרה",
		"مريم":                                        "مريم",
		"She said “hi” \"x\" „y“ «z»":                 "She said 'hi' 'x' 'y' 'z'",
		"it's":                                        "it's",
		"https://evil.example/login":                  "https:/ /evil\u2024example/login",
		"www.evil.example":                            "www\u2024evil\u2024example",
		"a////b":                                      "a/ / / /b",
		"evil。example":                                "evil\u2024example",
		"Dr. No, v1.2, 3.14":                          "Dr. No, v1.2, 3.14",
		"=?utf-8?q?=0D=0ABcc?=":                       "= ?utf-8?q?=0D=0ABcc?=",
		strings.Repeat("é", 61):                       strings.Repeat("é", 59) + "…",
		strings.Repeat("x", 60):                       strings.Repeat("x", 60),
	} {
		if got := Name(in).String(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := Name(strings.Repeat("ü", 1<<20)).String(); len(got) > 4*maxNameRunes {
		t.Errorf("%d bytes of a very long name", len(got))
	}
}

// hostile is what somebody could put wherever a person may type.
var hostile = Name("\"></a><script>alert(1)</script>\r\n\r\nhttps://evil.example/login\u202e ”\n=?utf-8?b?DQo=?= {{.Origin}}")

// fillNames sets every Name in a letter.
func fillNames(v reflect.Value, n Name) {
	for i := range v.NumField() {
		switch f := v.Field(i); {
		case f.Type() == reflect.TypeFor[Name]():
			f.Set(reflect.ValueOf(n))
		case f.Kind() == reflect.Struct && v.Type().Field(i).IsExported() && f.Type().PkgPath() == v.Type().PkgPath():
			fillNames(f, n)
		}
	}
}

// TestPeoplesWordsStayWords: whatever is typed neither leaves its quotation nor its
// line, is escaped, and is no link.
func TestPeoplesWordsStayWords(t *testing.T) {
	l := testLibrary(t)
	for name, v := range letters() {
		loud := reflect.New(reflect.TypeOf(v)).Elem()
		loud.Set(reflect.ValueOf(v))
		fillNames(loud, hostile)
		quiet := reflect.New(reflect.TypeOf(v)).Elem()
		quiet.Set(reflect.ValueOf(v))
		fillNames(quiet, "x")
		for _, lang := range languages() {
			got := render(t, l, lang, loud.Interface().(Letter))
			plain := render(t, l, lang, quiet.Interface().(Letter))
			if strings.Count(got.text, "\n") != strings.Count(plain.text, "\n") {
				t.Errorf("%s: other lines:\n%s", name, got.text)
			}
			for _, c := range []struct{ what, s string }{{"text", got.text}, {"HTML", got.html}, {"subject", got.subject}} {
				for _, bad := range []string{"://evil", "evil.example", "\u202e", "=?"} {
					if strings.Contains(c.s, bad) {
						t.Errorf("%s: the %s has %q", name, c.what, bad)
					}
				}
			}
			// Each stands in a quotation that it has not ended.
			word := hostile.String()
			before, after := "“", "”"
			if lang == German {
				before, after = "„", "“"
			}
			if strings.Count(got.text, word) != strings.Count(got.text, before+word+after) {
				t.Errorf("%s: words out of their quotation:\n%s", name, got.text)
			}
			if strings.Count(got.html, "<") != strings.Count(plain.html, "<") {
				t.Errorf("%s: other elements:\n%s", name, got.html)
			}
			if escaped := htmltemplate.HTMLEscapeString(word); strings.Contains(plain.html, "<bdi>x</bdi>") && !strings.Contains(got.html, "<bdi>"+escaped+"</bdi>") {
				t.Errorf("%s: no isolated name in %s", name, got.html)
			}
			if !isLine(got.subject, maxSubjectRunes) {
				t.Errorf("%s: the subject %q", name, got.subject)
			}
		}
	}
}

func TestSubjectsOfAllScripts(t *testing.T) {
	l := testLibrary(t)
	for in, want := range map[Name]string{
		"Größenwahn über Äpfel":   "Invitation to the map “Größenwahn über Äpfel”",
		"مفهوم \u202eالنظام":      "Invitation to the map “مفهوم النظام”",
		"a\u200b\u200e\u2067b":    "Invitation to the map “ab”",
		"Map\r\nBcc: a@b.example": "Invitation to the map “Map Bcc: a@b\u2024example”",
	} {
		got := render(t, l, English, InviteMap{Link: testLink(), Inviter: "Ada", Map: in}).subject
		if got != want || strings.ContainsFunc(got, func(r rune) bool { return unicode.Is(unicode.Cf, r) }) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestWriteTime(t *testing.T) {
	at := time.Date(2026, 3, 1, 0, 30, 0, 0, time.FixedZone("", 3600))
	if got := writeTime(English, at); got != "28 February 2026, 23:30 UTC" {
		t.Error(got)
	}
	if got := writeTime(German, at.AddDate(0, 0, 3)); got != "3. März 2026, 23:30 Uhr UTC" {
		t.Error(got)
	}
}
