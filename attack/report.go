package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// reason says why findings of a tool are none.
type reason struct {
	Tool   string `toml:"tool"`
	Match  string `toml:"match"` // a regular expression for whole findings
	Reason string `toml:"reason"`

	re *regexp.Regexp
}

func readReasons(name string) ([]reason, error) {
	var file struct {
		Explained []reason `toml:"explained"`
	}
	meta, err := toml.DecodeFile(name, &file)
	if err != nil {
		return nil, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%s: unknown key %q", name, unknown[0])
	}
	for i := range file.Explained {
		r := &file.Explained[i]
		if r.Reason == "" {
			return nil, fmt.Errorf("%s: %s %q has no reason", name, r.Tool, r.Match)
		}
		if r.re, err = regexp.Compile("^(?:" + r.Match + ")$"); err != nil {
			return nil, err
		}
	}
	return file.Explained, nil
}

// judged is a tool's findings by their reasons.
type judged struct {
	by   map[*reason]int
	open []string
}

func judge(r result, reasons []reason) judged {
	j := judged{by: map[*reason]int{}}
	for i := range reasons {
		if reasons[i].Tool == r.tool {
			j.by[&reasons[i]] = 0
		}
	}
	for _, f := range r.findings {
		explained := false
		for v := range j.by {
			if v.re.MatchString(f) {
				j.by[v]++
				explained = true
			}
		}
		if !explained {
			j.open = append(j.open, r.tool+": "+f)
		}
	}
	for v, n := range j.by {
		if n == 0 && r.skipped == "" {
			j.open = append(j.open, r.tool+": nothing is found any more that "+v.Match+" explains")
		}
	}
	slices.Sort(j.open)
	return j
}

const head = `# Attacks

What the usual tools find in a server of their own on this machine, with an account, maps and a sign-in: ` + "`make attack`" + ` runs them and
writes this page. A finding is mended, or its reason is in [attack/explained.toml](../../attack/explained.toml). The traps of each tool are handled
beside it in the code of ` + "`attack/`" + `.

`

// write writes the page and lists what is not explained.
func write(all []result, reasons []reason, now time.Time) (page string, open []string) {
	var b, why strings.Builder
	b.WriteString(head)
	b.WriteString("| tool | version | date | what was run | findings | explained |\n|---|---|---|---|---|---|\n")
	for _, r := range all {
		if r.skipped != "" {
			fmt.Fprintf(&b, "| %s | – | %s | skipped: %s | – | – |\n", r.tool, now.Format(time.DateOnly), r.skipped)
			continue
		}
		j := judge(r, reasons)
		open = append(open, j.open...)
		ran := r.ran
		if r.facts != "" {
			ran += "; " + r.facts
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d | %d |\n", r.tool, r.version, now.Format(time.DateOnly), cell(ran), len(r.findings), len(r.findings)-unexplained(j))
		explain(&why, r.tool, j)
	}
	b.WriteString("\n## Explained\n\n")
	if why.Len() == 0 {
		b.WriteString("Nothing.\n")
	} else {
		b.WriteString("| tool | finding | times | why it is none |\n|---|---|---|---|\n" + why.String())
	}
	return b.String(), open
}

func unexplained(j judged) (n int) {
	for _, o := range j.open {
		if !strings.Contains(o, "nothing is found any more") {
			n++
		}
	}
	return n
}

func explain(b *strings.Builder, tool string, j judged) {
	keys := make([]*reason, 0, len(j.by))
	for v := range j.by {
		keys = append(keys, v)
	}
	slices.SortFunc(keys, func(a, b *reason) int { return strings.Compare(a.Match, b.Match) })
	for _, v := range keys {
		if j.by[v] > 0 {
			fmt.Fprintf(b, "| %s | `%s` | %d | %s |\n", tool, cell(v.Match), j.by[v], cell(v.Reason))
		}
	}
}

// cell is a text in a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
}
