package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the document anew")

// document is the committed description of the API.
const document = "../../docs/openapi.json"

// described returns the API's own description of itself.
func described(t *testing.T) []byte {
	t.Helper()
	b, err := Document(Config{Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "\t"); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// TestDocument: what is committed is what the server says of itself. A change that
// would break a program that keeps to the document is named, and has to be meant.
func TestDocument(t *testing.T) {
	now := described(t)
	if *update {
		if err := os.WriteFile(document, now, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	was, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range broken(t, was, now) {
		t.Error(b)
	}
	if !bytes.Equal(was, now) {
		t.Error("the document is not up to date: go test ./internal/api -run Document -update")
	}
}

// spec is as much of a description as programs depend on.
type spec struct {
	OpenAPI    string `json:"openapi"`
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	Parameters []struct {
		Name     string
		In       string
		Required bool
	}
	RequestBody struct {
		Required bool
		Content  map[string]struct{ Schema schema }
	}
	Responses map[string]struct {
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Properties map[string]schema
	Required   []string
	Enum       []any
	Items      *schema
}

func parse(t *testing.T, b []byte) spec {
	t.Helper()
	var s spec
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// broken lists what a program that keeps to the older description would stumble over:
// endpoints, answers or fields that are gone or of another type, and anything that is
// newly required of it.
func broken(t *testing.T, older, newer []byte) []string {
	t.Helper()
	was, now := parse(t, older), parse(t, newer)
	var out []string
	for path, ops := range was.Paths {
		for method, op := range ops {
			name := strings.ToUpper(method) + " " + path
			there, ok := now.Paths[path][method]
			if !ok {
				out = append(out, name+" is gone")
				continue
			}
			out = append(out, brokenOperation(name, op, there)...)
		}
	}
	for name, s := range was.Components.Schemas {
		there, ok := now.Components.Schemas[name]
		if !ok {
			continue // named only from within; what refers to it is compared
		}
		out = append(out, brokenSchema(name, s, there)...)
	}
	slices.Sort(out)
	return out
}

func brokenOperation(name string, was, now operation) (out []string) {
	for _, p := range now.Parameters {
		known := slices.IndexFunc(was.Parameters, func(o struct {
			Name     string
			In       string
			Required bool
		}) bool {
			return o.Name == p.Name && o.In == p.In
		})
		if p.Required && (known < 0 || !was.Parameters[known].Required) {
			out = append(out, name+" newly requires "+p.Name)
		}
	}
	for _, p := range was.Parameters {
		if !slices.ContainsFunc(now.Parameters, func(o struct {
			Name     string
			In       string
			Required bool
		}) bool {
			return o.Name == p.Name && o.In == p.In
		}) {
			out = append(out, name+" no longer takes "+p.Name)
		}
	}
	for code := range was.Responses {
		if _, ok := now.Responses[code]; !ok {
			out = append(out, name+" no longer answers "+code)
		}
	}
	return out
}

func brokenSchema(name string, was, now schema) (out []string) {
	if was.Ref != now.Ref || fmt.Sprint(was.Type) != fmt.Sprint(now.Type) {
		return []string{name + " has another type"}
	}
	for key, p := range was.Properties {
		there, ok := now.Properties[key]
		if !ok {
			out = append(out, name+"."+key+" is gone")
			continue
		}
		out = append(out, brokenSchema(name+"."+key, p, there)...)
	}
	for _, key := range now.Required {
		if !slices.Contains(was.Required, key) && was.Properties[key].Type == nil && was.Properties[key].Ref == "" {
			continue // new in an answer; in a request it is caught below
		}
		if !slices.Contains(was.Required, key) {
			out = append(out, name+"."+key+" is newly required")
		}
	}
	for _, v := range was.Enum {
		if !slices.Contains(now.Enum, v) {
			out = append(out, fmt.Sprintf("%s may no longer be %v", name, v))
		}
	}
	if was.Items != nil && now.Items != nil {
		out = append(out, brokenSchema(name+"[]", *was.Items, *now.Items)...)
	}
	return out
}

// TestBroken: each kind of change that breaks programs is found, and others are not.
func TestBroken(t *testing.T) {
	const whole = `{"openapi":"3.1.0","paths":{"/a":{"get":{"parameters":[{"name":"q","in":"query"}],"responses":{"200":{}}}}},
		"components":{"schemas":{"A":{"type":"object","properties":{"x":{"type":"string","enum":["one","two"]},"y":{"type":"integer"}},"required":["x"]}}}}`
	for name, c := range map[string]struct {
		from, to string
		want     string
	}{
		"nothing":         {"", "", ""},
		"endpoint gone":   {`"get":{"param`, `"put":{"param`, "GET /a is gone"},
		"parameter gone":  {`{"name":"q","in":"query"}`, ``, "GET /a no longer takes q"},
		"new parameter":   {`{"name":"q","in":"query"}`, `{"name":"q","in":"query"},{"name":"r","in":"query"}`, ""},
		"must be given":   {`{"name":"q","in":"query"}`, `{"name":"q","in":"query","required":true}`, "GET /a newly requires q"},
		"answer gone":     {`"200":{}`, `"204":{}`, "GET /a no longer answers 200"},
		"field gone":      {`,"y":{"type":"integer"}`, ``, "A.y is gone"},
		"another type":    {`"y":{"type":"integer"}`, `"y":{"type":"string"}`, "A.y has another type"},
		"newly required":  {`"required":["x"]`, `"required":["x","y"]`, "A.y is newly required"},
		"a word gone":     {`"one","two"`, `"one"`, "A.x may no longer be two"},
		"a word more":     {`"one","two"`, `"one","two","three"`, ""},
		"another field":   {`"y":{"type":"integer"}`, `"y":{"type":"integer"},"z":{"type":"integer"}`, ""},
		"another request": {`"get":{"param`, `"post":{},"get":{"param`, ""},
	} {
		changed := whole
		if c.from != "" {
			if changed = strings.Replace(whole, c.from, c.to, 1); changed == whole {
				t.Fatalf("%s: nothing was changed", name)
			}
		}
		if got := strings.Join(broken(t, []byte(whole), []byte(changed)), "; "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestDescribesItself: the version, that errors are problems, and how programs sign in.
func TestDescribesItself(t *testing.T) {
	s := parse(t, described(t))
	if !strings.HasPrefix(s.OpenAPI, "3.1.") || len(s.Paths) < 60 {
		t.Fatalf("%s with %d paths", s.OpenAPI, len(s.Paths))
	}
	for path, ops := range s.Paths {
		for method, op := range ops {
			r, ok := op.Responses["default"]
			if _, problem := r.Content["application/problem+json"]; !ok || !problem {
				t.Errorf("%s %s: errors are not described as problems", method, path)
			}
			if method == strings.ToLower(http.MethodGet) && len(op.RequestBody.Content) > 0 {
				t.Errorf("%s %s takes a body", method, path)
			}
		}
	}
}
