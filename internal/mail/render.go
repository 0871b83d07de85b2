package mail

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
	"time"

	"plectica/internal/fault"
)

// Language is what a mail is written in.
type Language string

// The languages. Any other value reads as English.
const (
	English Language = "en"
	German  Language = "de"
)

// languages is the order they are read in.
func languages() []Language { return []Language{English, German} }

// files are the words, a file for each language, and the two forms they are put in.
//
//go:embed words/*.tmpl
var files embed.FS

// book is the words of one language, read twice: by text/template for the plain form
// and by html/template, which escapes what is put in, for the other.
type book struct {
	text *texttemplate.Template
	html *htmltemplate.Template
}

// library is all words and both forms. It is safe for concurrent use.
type library struct {
	books map[Language]book
	text  *texttemplate.Template
	html  *htmltemplate.Template
}

func newLibrary() (*library, error) {
	l := &library{books: map[Language]book{}}
	for _, lang := range languages() {
		b, err := newBook(lang)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "read the words of mails", err)
		}
		l.books[lang] = b
	}
	var err error
	if l.text, err = texttemplate.ParseFS(files, "words/layout.txt.tmpl"); err != nil {
		return nil, fault.Wrap(fault.Internal, "read the form of mails", err)
	}
	if l.html, err = htmltemplate.ParseFS(files, "words/layout.html.tmpl"); err != nil {
		return nil, fault.Wrap(fault.Internal, "read the form of mails", err)
	}
	return l, nil
}

func newBook(lang Language) (b book, err error) {
	before, after := "“", "”"
	if lang == German {
		before, after = "„", "“"
	}
	when := func(t time.Time) string { return writeTime(lang, t) }
	name := "words/" + string(lang) + ".tmpl"
	b.text, err = texttemplate.New(string(lang)).Option("missingkey=error").Funcs(texttemplate.FuncMap{
		"when": when,
		"q":    func(n Name) string { return before + n.String() + after },
	}).ParseFS(files, name)
	if err != nil {
		return book{}, err
	}
	b.html, err = htmltemplate.New(string(lang)).Option("missingkey=error").Funcs(htmltemplate.FuncMap{
		"when": when,
		// bdi: a name that is written from right to left leaves the order of the rest alone.
		"q": func(n Name) htmltemplate.HTML {
			return htmltemplate.HTML(before + "<bdi>" + htmltemplate.HTMLEscapeString(n.String()) + "</bdi>" + after)
		},
	}).ParseFS(files, name)
	return b, err
}

// writeTime writes a time as people of a language do, in UTC: nobody knows where the
// mail is read.
func writeTime(lang Language, t time.Time) string {
	t = t.UTC()
	if lang != German {
		return t.Format("2 January 2006, 15:04 UTC")
	}
	months := [...]string{
		"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
	}
	return fmt.Sprintf("%d. %s %d, %s Uhr UTC", t.Day(), months[t.Month()-1], t.Year(), t.Format("15:04"))
}

// page is what the words of a letter are made with.
type page struct {
	Site, Origin, Link string
	D                  Letter
}

// sheet is the words of a letter before they are put in a form.
type sheet[T string | htmltemplate.HTML] struct {
	Lang                   Language
	Subject                string
	Link                   string
	Greeting, Copy, Footer T
	Button                 T
	Body, After            []T
}

// rendered is a letter in both its forms.
type rendered struct{ subject, text, html string }

// render writes a letter.
func (l *library) render(lang Language, p page) (rendered, error) {
	b, ok := l.books[lang]
	if !ok {
		lang, b = English, l.books[English]
	}
	subject, err := subjectOf(b, p)
	if err != nil {
		return rendered{}, err
	}
	text, err := fill[string](lang, subject, p, func(w *bytes.Buffer, name string) error { return b.text.ExecuteTemplate(w, name, p) })
	if err != nil {
		return rendered{}, err
	}
	html, err := fill[htmltemplate.HTML](lang, subject, p, func(w *bytes.Buffer, name string) error { return b.html.ExecuteTemplate(w, name, p) })
	if err != nil {
		return rendered{}, err
	}
	var plain, rich bytes.Buffer
	if err := l.text.Execute(&plain, text); err != nil {
		return rendered{}, fault.Wrap(fault.Internal, "write a mail", err)
	}
	if err := l.html.Execute(&rich, html); err != nil {
		return rendered{}, fault.Wrap(fault.Internal, "write a mail", err)
	}
	return rendered{subject: subject, text: plain.String(), html: rich.String()}, nil
}

func subjectOf(b book, p page) (string, error) {
	var w bytes.Buffer
	if err := b.text.ExecuteTemplate(&w, string(p.D.kind())+".subject", p); err != nil {
		return "", fault.Wrap(fault.Internal, "write a mail's subject", err)
	}
	return strings.Join(strings.Fields(w.String()), " "), nil
}

// fill runs the words of a letter. No person's words have a line break in them, so
// none of them can start a paragraph.
func fill[T string | htmltemplate.HTML](lang Language, subject string, p page, run func(w *bytes.Buffer, name string) error) (sheet[T], error) {
	s := sheet[T]{Lang: lang, Subject: subject, Link: p.Link}
	kind := string(p.D.kind())
	parts := []struct {
		name string
		to   func([]T)
	}{
		{"greeting", func(v []T) { s.Greeting = v[0] }},
		{"footer", func(v []T) { s.Footer = v[0] }},
		{kind + ".body", func(v []T) { s.Body = v }},
	}
	if p.Link != "" {
		parts = append(parts, []struct {
			name string
			to   func([]T)
		}{
			{"copy", func(v []T) { s.Copy = v[0] }},
			{kind + ".button", func(v []T) { s.Button = v[0] }},
			{kind + ".after", func(v []T) { s.After = v }},
		}...)
	}
	for _, part := range parts {
		var w bytes.Buffer
		if err := run(&w, part.name); err != nil {
			return s, fault.Wrap(fault.Internal, "write a mail's "+part.name, err)
		}
		v := paragraphs[T](w.String())
		if len(v) == 0 {
			return s, fault.New(fault.Internal, "the words of mails have no "+part.name)
		}
		part.to(v)
	}
	return s, nil
}

// paragraphs parts what was written where a line is empty.
func paragraphs[T string | htmltemplate.HTML](s string) []T {
	var out []T
	for p := range strings.SplitSeq(s, "\n\n") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			out = append(out, T(p))
		}
	}
	return out
}
