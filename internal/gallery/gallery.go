// Package gallery holds the maps that come with the program: a tour through it, which
// is a map to play with, and examples from different walks of life. They are files as
// package exchange writes them, one for each language, embedded in the program. The
// package reads them when they are first asked for and keeps what a list of them shows.
package gallery

import (
	"embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"plectica/internal/exchange"
	"plectica/internal/fault"
	"plectica/internal/layout"
	"plectica/internal/sysmap"
)

//go:embed maps
var files embed.FS

// Where the files are. A map's file is named after it and its language.
const (
	folder    = "maps/"
	indexFile = folder + "index.json"
	suffix    = ".plectica.json"
)

// Fallback is the language of a map in none of the wished ones.
const Fallback = "en"

// Example is what a list says of a map.
type Example struct {
	Name     string // the same in every language
	Language string
	Title    string
	Summary  string
	Cards    int
	Picture  Picture
}

// entry is a map in the index.
type entry struct {
	Name    string            `json:"name"`
	Summary map[string]string `json:"summary"` // by language: a map is there in these
}

// language returns the language a map comes in for whoever wishes one, which may be as
// exact as de-AT.
func (e *entry) language(wished string) string {
	base, _, _ := strings.Cut(strings.ToLower(wished), "-")
	if e.Summary[base] != "" {
		return base
	}
	return Fallback
}

// shelf is what is kept of the files.
type shelf struct {
	index    []entry
	examples map[string]Example // by name and language
}

// open reads all files once. They never change while the program runs.
var open = sync.OnceValues(func() (*shelf, error) { //nolint:gochecknoglobals // read once
	b, err := files.ReadFile(indexFile)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "the gallery has no index", err)
	}
	s := shelf{examples: make(map[string]Example)}
	if err := json.Unmarshal(b, &s.index); err != nil {
		return nil, fault.Wrap(fault.Internal, "the gallery's index cannot be read", err)
	}
	for i := range s.index {
		for language := range s.index[i].Summary {
			e, err := read(&s.index[i], language)
			if err != nil {
				return nil, err
			}
			s.examples[e.Name+"."+language] = e
		}
	}
	return &s, nil
})

// read makes an example of its file.
func read(of *entry, language string) (Example, error) {
	title, ops, err := load(of.Name, language)
	if err != nil {
		return Example{}, err
	}
	m := sysmap.New()
	if err := m.Apply(ops, sysmap.Stamp{}); err != nil {
		return Example{}, fault.Wrap(fault.Internal, "an example is not a map: "+of.Name, err)
	}
	e := Example{Name: of.Name, Language: language, Title: title, Summary: of.Summary[language]}
	m.Walk(func(*sysmap.Object) bool {
		e.Cards++
		return true
	})
	e.Picture = pictureOf(layout.New(layout.NewNumbers(0)).Update(m))
	return e, nil
}

// load reads one file.
func load(name, language string) (title string, ops []sysmap.Op, err error) {
	b, err := files.ReadFile(folder + name + "." + language + suffix)
	if err != nil {
		return "", nil, fault.Wrap(fault.Internal, "an example is not there: "+name, err)
	}
	title, ops, _, err = exchange.Read(b) // no example carries files
	if err != nil {
		return "", nil, fault.Wrap(fault.Internal, "an example cannot be read: "+name, err)
	}
	return title, ops, nil
}

// List returns all examples, the tour first, in a language where they are there in it.
func List(language string) ([]Example, error) {
	s, err := open()
	if err != nil {
		return nil, err
	}
	list := make([]Example, 0, len(s.index))
	for i := range s.index {
		e := &s.index[i]
		list = append(list, s.examples[e.Name+"."+e.language(language)])
	}
	return list, nil
}

// Ops returns the title of an example and the ops that make it, in a language if it is
// there in it. They are the caller's own.
func Ops(name, language string) (title string, ops []sysmap.Op, err error) {
	s, err := open()
	if err != nil {
		return "", nil, err
	}
	i := slices.IndexFunc(s.index, func(e entry) bool { return e.Name == name })
	if i < 0 {
		return "", nil, fault.New(fault.NotFound, "there is no such example")
	}
	return load(name, s.index[i].language(language))
}
