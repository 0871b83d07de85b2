package render

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func source(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile("../../ui/src/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestColours: pictures have the light colours of the page's style sheet, which is the
// one place where they are chosen.
func TestColours(t *testing.T) {
	light, _, _ := strings.Cut(source(t, "tokens.css"), "@media")
	tokens := make(map[string]string)
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(light, -1) {
		tokens[m[1]] = m[2]
	}
	for token, got := range map[string]string{
		"canvas": canvas, "paper": paper, "ink": ink, "ink-soft": soft, "ink-faint": faint, "card-shade": shade, "sight": sight,
	} {
		if got != tokens[token] {
			t.Errorf("--%s is %s, here %s", token, tokens[token], got)
		}
	}
	for i, got := range cards {
		name := fmt.Sprintf("card-%d", i)
		want := colours{tokens[name], mixed(tokens[name], tokens["canvas"]), tokens[name+"-edge"], tokens[name+"-line"]}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(colours{})); diff != "" {
			t.Errorf("--%s (-want +got):\n%s", name, diff)
		}
	}
	if _, more := tokens[fmt.Sprintf("card-%d", len(cards))]; more {
		t.Error("the page has more colours of cards")
	}
}

// mixed is halfway between two colours, as ui/src/theme.ts mixes them for open wholes.
func mixed(a, b string) string {
	out := "#"
	for i := 1; i < 7; i += 2 {
		x, _ := strconv.ParseUint(a[i:i+2], 16, 8)
		y, _ := strconv.ParseUint(b[i:i+2], 16, 8)
		out += fmt.Sprintf("%02x", (x+y+1)/2)
	}
	return out
}

// TestMeasures: strokes and shapes have the sizes that the page's painter gives them.
func TestMeasures(t *testing.T) {
	painter := source(t, "canvas/draw.ts")
	length := func(v int32) string { return string(hundredths(nil, v)) }
	lengths := func(list []int32) string {
		var out []string
		for _, v := range list {
			out = append(out, length(v))
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	for name, got := range map[string]string{
		"lineWidths": lengths(lineWidths[:]), "sightWidths": lengths(sightWidths[:]), "arrowLength": length(arrowLength), "arrowHalf": length(arrowHalf),
		"smallestStroke": length(smallestStroke), "badgeRadius": length(badgeRadius), "mostTogether": strconv.Itoa(mostTogether),
		"imageRadius": length(imageRadius), "cornerRadius": length(cornerRadius), "sightEnd": length(sightEnd),
		"dashes: number[][]": "[[], [" + strings.ReplaceAll(strings.Join(dashes[1:], "],["), " ", ", ") + "]]",
		"sightDots":          "[" + strings.ReplaceAll(sightDots, " ", ", ") + "]",
	} {
		got = strings.ReplaceAll(got, "],[", "], [")
		if want := "const " + name + " = " + got + ";"; !strings.Contains(painter, want) {
			t.Errorf("the painter has no %q", want)
		}
	}
}
