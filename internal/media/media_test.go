package media

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vectors are read by the page's test too.
type vectors struct {
	Good []struct {
		Text string
		Item struct {
			Kind  string
			W, H  int32
			Size  int64
			Rank  int32
			Name  string
			Alt   string
			Image bool
		}
	}
	Bad []string
}

// TestParse: ME-3. What holds is read as it was written, what does not is no item.
func TestParse(t *testing.T) {
	b, err := os.ReadFile("testdata/values.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil || len(v.Good) < 5 || len(v.Bad) < 10 {
		t.Fatalf("%d good, %d bad, %v", len(v.Good), len(v.Bad), err)
	}
	for _, c := range v.Good {
		got, ok := Parse(c.Text)
		w := c.Item
		want := Item{Kind: w.Kind, W: w.W, H: w.H, Size: w.Size, Rank: w.Rank, Name: w.Name, Alt: w.Alt}
		if diff := cmp.Diff(want, got); !ok || diff != "" || got.Image() != w.Image {
			t.Errorf("%q: %v, image %v\n%s", c.Text, ok, got.Image(), diff)
		}
	}
	for _, s := range v.Bad {
		if it, ok := Parse(s); ok {
			t.Errorf("%q is read as %+v", s, it)
		}
	}
}

func TestIsHash(t *testing.T) {
	good := strings.Repeat("0a", HashLen/2)
	if !IsHash(good) {
		t.Error("a hash is none")
	}
	for _, s := range []string{"", good[1:], good + "0", strings.ToUpper(good), "../" + good[3:]} {
		if IsHash(s) {
			t.Errorf("%q is a hash", s)
		}
	}
}

// FuzzParse: nothing panics, and what is read keeps within the bounds.
func FuzzParse(f *testing.F) {
	f.Add("image/png|640|480|12345|100|sketch.png|A sketch")
	f.Add("|||||||")
	f.Fuzz(func(t *testing.T, s string) {
		it, ok := Parse(s)
		if !ok {
			return
		}
		if it.W < 0 || it.W > maxSide || it.H < 0 || it.H > maxSide || it.Size < 0 || it.Size > maxSize || it.Rank < 0 || it.Rank > maxRank ||
			(it.W == 0) != (it.H == 0) || len(it.Kind) > maxKind || len(it.Name) > maxName || len(it.Alt) > maxAlt {
			t.Errorf("%q: %+v", s, it)
		}
	})
}
