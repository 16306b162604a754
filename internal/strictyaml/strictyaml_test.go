package strictyaml_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/internal/strictyaml"
)

type inner struct {
	Ratio float64           `json:"ratio,omitempty"`
	Tags  map[string]string `json:"tags,omitempty"`
}

type Shared struct {
	Level level `json:"level,omitempty"`
}

type level string

type settings struct {
	Name   string   `json:"name,omitempty"`
	Count  int      `json:"count,omitempty"`
	On     bool     `json:"on,omitempty"`
	List   []string `json:"list,omitempty"`
	Inner  inner    `json:"inner,omitzero"`
	Maybe  *inner   `json:"maybe,omitempty"`
	Limit  *float64 `json:"limit,omitempty"`
	Hidden string   `json:"-"`
	Amount string   `json:"amount,omitempty" number:"text"`
	Share  float64  `json:"share,omitempty"  zero:"0.1 to 1"`
	Side   int      `json:"side,omitempty"   zero:"1 to 9; set on for all"`

	Any []map[string]any `json:"any,omitempty"`

	Shared
}

func TestDecode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     settings
	}{
		{"nothing", "", settings{}},
		{"comments only", "# name: x\n", settings{}},
		{"everything", "name: a\ncount: -3\non: true\nlist: [x, 'y']\ninner: {ratio: 2, tags: {k: v}}\nmaybe: {ratio: 0.5}\nlevel: high\n", settings{
			Name: "a", Count: -3, On: true, List: []string{"x", "y"},
			Inner: inner{Ratio: 2, Tags: map[string]string{"k": "v"}}, Maybe: &inner{Ratio: 0.5}, Shared: Shared{Level: "high"},
		}},
		{"empty list is not nil", "list: []", settings{List: []string{}}},
		{"section of comments", "inner:\n  # ratio: 1\nname: x", settings{Name: "x"}},
		{"false written out", "on: false", settings{}},
		{"quoted number is a string", "name: '8'", settings{Name: "8"}},
		{"zero that a pointer tells from nothing", "limit: 0", settings{Limit: new(float64)}},
		{"zeros in lists and mappings", "list: ['']\ninner: {tags: {k: ''}}", settings{List: []string{""}, Inner: inner{Tags: map[string]string{"k": ""}}}},
		{"values of any type", "any: [{a: x, b: 2, c: 0.5, d: true, e: [1, {f: ''}]}]", settings{Any: []map[string]any{
			{"a": "x", "b": 2, "c": 0.5, "d": true, "e": []any{1, map[string]any{"f": ""}}},
		}}},
		{"number for text", "amount: 1.50", settings{Amount: "1.50"}},
		{"text for what may be a number", "amount: 4Gi", settings{Amount: "4Gi"}},
		{"zero as text", "amount: 0", settings{Amount: "0"}},
		{"JSON is YAML", `{"name": "x", "inner": {"ratio": 1e-3}}`, settings{Name: "x", Inner: inner{Ratio: 0.001}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got settings
			if _, err := strictyaml.Decode([]byte(tt.in), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"alias in a value of any type", "any: [{a: &x 1, b: *x}]", "line 1: any[0].a is an alias or anchor: must be a value"},
		{"number that readers differ on", "any: [{a: 010}]", `line 1: any[0].a is "010": must be a whole number in range, in decimal digits`},
		{"unknown key", "name: x\nnaem: y", "line 2: naem is no setting: must be one of amount, any, count, inner, level, limit, list, maybe, name, on, share, side"},
		{"unknown nested key", "inner:\n  rato: 1", "line 2: inner.rato is no setting: must be one of ratio, tags"},
		{"key in another case", "Name: x", "line 1: Name is no setting"},
		{"field without a name", "hidden: x", "line 1: hidden is no setting"},
		{"repeated key", "name: a\ncount: 1\nname: b", "line 3: name is set a second time, after line 1"},
		{"string for a number", "count: '3'", `line 1: count is "3": must be a whole number`},
		{"number for a string", "name: 8", `line 1: name is "8": must be a string`},
		{"release without quotes", "name: 1.30", `line 1: name is "1.30": must be a string; write "1.30", in quotes`},
		{"word without quotes", "list: [true]", `line 1: list[0] is "true": must be a string; write "true", in quotes`},
		{"date without quotes", "name: 2024-01-01", `write "2024-01-01", in quotes`},
		{"number in quotes", `count: "3"`, `line 1: count is "3": must be a whole number; write 3, without quotes`},
		{"fraction in quotes", "inner: {ratio: '0.5'}", `must be a number; write 0.5, without quotes`},
		{"truth in quotes", `on: "true"`, `line 1: on is "true": must be true or false; write true, without quotes`},
		{"octal number for text", "amount: 010", `amount is "010": must be a string; write "010", in quotes`},
		{"alias for text", "amount: &a 1", "amount is an alias or anchor"},
		{"tag for text", "amount: !!int 1", `amount has the tag "!!int"`},
		{"zero of a range", "share: 0", `line 1: share is "0": must be 0.1 to 1, or left out for the default`},
		{"zero that another setting means", "side: 0", `line 1: side is "0": must be 1 to 9, or left out for the default; set on for all`},
		{"tab", "inner:\n\tratio: 1\n", "line 2: is indented by a tab: must be by spaces"},
		{"tab behind spaces", "name: a\ninner:\n  tags:\n   \tk: v\n", "line 4: is indented by a tab"},
		{"no tab", "name: a\nlist: [@a]\ninner:\n  tags: {}\n", "line 2: found character that cannot start any token"},
		{"no UTF-8", "name: a\nlist: [\xff]\n", "line 2: is no UTF-8"},
		{"UTF-16", "\xff\xfen\x00a\x00", "line 1: is no UTF-8"},
		{"fraction for a whole number", "count: 1.5", `line 1: count is "1.5": must be a whole number`},
		{"number out of range", "count: 99999999999999999999", "line 1: count"},
		{"not a boolean", "on: yes", `line 1: on is "yes": must be true or false`},
		{"list for a string", "name: [a]", "line 1: name is a list: must be a string"},
		{"string for a list", "list: a", `line 1: list is "a": must be a list`},
		{"wrong item", "list:\n- a\n- 1", `line 3: list[1] is "1": must be a string`},
		{"mapping for a number", "inner:\n  ratio: {a: b}", "line 2: inner.ratio is a mapping: must be a number"},
		{"list for a section", "inner: [a]", "line 1: inner is a list: must be a mapping"},
		{"empty string", `name: ""`, `line 1: name is "": must be left out for the default`},
		{"zero", "count: 0", `line 1: count is "0": must be left out for the default`},
		{"nothing after a key", "name:", "line 1: name is empty: must be a string"},
		{"everything at once", "naem: x\ncount: '3'\nlist:\n- 1\n- ok\n- 2\n", `line 1: naem is no setting: must be one of amount, any, count, inner, level, limit, list, maybe, name, on, share, side; and line 2: count is "3": must be a whole number; write 3, without quotes; and line 4: list[0] is "1": must be a string; write "1", in quotes; and line 6: list[2] is "2"`},
		{"more than anyone reads", strings.Repeat("x: y\n", 1) + "list: [" + strings.Repeat("1,", 40) + "]", "; and 21 more"},
		{"octal number", "count: 010", `line 1: count is "010": must be a whole number in range, in decimal digits`},
		{"hexadecimal number", "count: 0x10", `line 1: count is "0x10"`},
		{"grouped number", "count: 1_000", `line 1: count is "1_000"`},
		{"number that is none", "inner: {ratio: .nan}", `line 1: inner.ratio is ".nan"`},
		{"endless number", "inner: {ratio: .inf}", `line 1: inner.ratio is ".inf"`},
		{"tag", "count: !!int '8'", `line 1: count has the tag "!!int": must be a whole number; leave the tag out`},
		{"tag of its own", "inner: !ref {ratio: 1}", `line 1: inner has the tag "!ref"`},
		{"tag on a key", "!!str name: x", "line 1: has a key that is no name"},
		{"anchor on a key", "&a name: x", "line 1: has a key that is no name"},
		{"number as a key", "inner: {tags: {1: x}}", "line 1: inner.tags has a key that is no name"},
		{"alias of a section", "inner: &a {ratio: 1}\nmaybe: *a", "line 1: inner is an alias or anchor: must be a mapping; write the value out; and line 2: maybe is an alias"},
		{"alias", "name: &a x\ninner: {tags: {k: *a}}", "line 1: name is an alias or anchor"},
		{"merge key", "inner: {<<: {ratio: 1}}", "line 1: inner has a key that is no name"},
		{"list at the top", "- a", "line 1: is a list: must be a mapping"},
		{"two documents", "name: a\n---\nname: b", "second document"},
		{"not YAML", "name: [", "line 1"},
		{"too long", strings.Repeat("#", 1<<20+1), "at most 1048576"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := strictyaml.Decode([]byte(tt.in), new(settings))
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q lacks %q, or is more than a line", err, tt.want)
			}
		})
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	lines, err := strictyaml.Decode([]byte("name: a\ninner:\n  ratio: 1\nlist:\n  - x\n  - y\n"), new(settings))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"name": 1, "inner": 2, "inner.ratio": 3, "list[1]": 6,
		"inner.tags.k": 2, "list[7]": 4, "count": 0, "": 0,
	} {
		if got := lines.Of(path); got != want {
			t.Errorf("Of(%q) = %d, want %d", path, got, want)
		}
	}
}

// TestJSON pins what JSON's own grammar decides.
func TestJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     settings
		refused  string
	}{
		{"nothing in it", "{}", settings{}, ""},
		{"everything", "{\"name\": \"a\\/\\ud83d\\ude00\",\n\t\"count\": -3, \"on\": true, \"list\": [\"x\"], \"inner\": {\"ratio\": 2e0, \"tags\": {\"1\": \"v\"}}, \"level\": \"high\"}", settings{
			Name: "a/😀", Count: -3, On: true, List: []string{"x"}, Inner: inner{Ratio: 2, Tags: map[string]string{"1": "v"}}, Shared: Shared{Level: "high"},
		}, ""},
		{"words of YAML are strings", `{"name": "yes", "list": ["~", "010", "<<"]}`, settings{Name: "yes", List: []string{"~", "010", "<<"}}, ""},
		{"empty file", "", settings{}, "the file is empty"},
		{"YAML", "name: x", settings{}, "line 1: is no JSON"},
		{"comment", "{\n// x\n}", settings{}, "line 2: is no JSON"},
		{"comma too many", "{\"name\": \"x\",\n}", settings{}, "line 1: is no JSON"},
		{"cut off", "{\"name\":\n", settings{}, "is no JSON"},
		{"second value", "{}\n{}", settings{}, "second value"},
		{"no UTF-8", "{\"name\": \"\xff\"}", settings{}, "line 1: is no JSON"},
		{"half a character", `{"name": "\ud83d"}`, settings{}, "line 1: is no JSON"},
		{"repeated key", "{\"name\": \"x\",\n\"name\": \"y\"}", settings{}, "line 2: name is set a second time, after line 1"},
		{"unknown keys", "{\"a\": [{}, [1, 2]],\n\"b\": null}", settings{}, "line 1: a is no setting: must be one of amount, any, count, inner, level, limit, list, maybe, name, on, share, side; and line 2: b is no setting"},
		{"fraction", `{"count": 3.0}`, settings{}, `line 1: count is "3.0": must be a whole number`},
		{"number in quotes", `{"count": "3"}`, settings{}, `line 1: count is "3": must be a whole number; write 3, without quotes`},
		{"number for text", `{"amount": 2}`, settings{Amount: "2"}, ""},
		{"zero", `{"count": 0}`, settings{}, `line 1: count is "0": must be left out for the default`},
		{"null", `{"name": null}`, settings{}, "line 1: name is empty: must be a string"},
		{"deep", strings.Repeat("[", 100_000), settings{}, "line 1: is no JSON: exceeded max depth"},
		{"long", `"` + strings.Repeat("x", 1<<20) + `"`, settings{}, "at most 1048576"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got settings
			_, err := strictyaml.DecodeJSON([]byte(tt.in), &got)
			if tt.refused != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refused) || strings.Contains(err.Error(), "\n") {
					t.Errorf("error %v lacks %q, or is more than a line", err, tt.refused)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestBombs decodes files that would take a decoder that follows them hours, or
// all memory.
func TestBombs(t *testing.T) {
	t.Parallel()
	var laughs strings.Builder
	laughs.WriteString("a: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 30 {
		fmt.Fprintf(&laughs, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i+1, i, i, i, i, i)
	}
	for name, in := range map[string]string{
		"laughs":         laughs.String(),
		"lists in lists": "list: " + strings.Repeat("[", 1<<19),
		"mappings":       strings.Repeat("{a: ", 1<<17),
		"keys of keys":   strings.Repeat("? ", 1<<19),
		"list items":     strings.Repeat("- ", 1<<19),
		"comments":       strings.Repeat("#\n", 1<<18),
		"unknown keys":   strings.Repeat("a: b\n", 1<<17),
		"anchors":        "list: [" + strings.Repeat("&a x,", 1<<17) + "]",
		"JSON":           strings.Repeat(`{"a":`, 1<<17),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, decode := range []func([]byte, any) (strictyaml.Lines, error){strictyaml.Decode, strictyaml.DecodeJSON} {
				start := time.Now()
				_, err := decode([]byte(in), new(settings))
				if took := time.Since(start); took > 30*time.Second {
					t.Errorf("it took %v", took)
				}
				if err != nil && len(err.Error()) > 10_000 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: a\ninner: {ratio: 2, tags: {k: v}}\nlist: [x]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte(`{"name": "a", "inner": {"ratio": 2, "tags": {"k": "v"}}, "list": ["x"]}`))
	f.Add([]byte("? [x]\n: y\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, decode := range []func([]byte, any) (strictyaml.Lines, error){strictyaml.Decode, strictyaml.DecodeJSON} {
			_, err := decode(data, new(settings))
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("error of more than one line: %q", err)
			}
		}
	})
}
