package strictyaml_test

import (
	"strings"
	"testing"

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
	Hidden string   `json:"-"`

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
		{"unknown key", "name: x\nnaem: y", "line 2: naem is no setting: must be one of count, inner, level, list, maybe, name, on"},
		{"unknown nested key", "inner:\n  rato: 1", "line 2: inner.rato is no setting: must be one of ratio, tags"},
		{"key in another case", "Name: x", "line 1: Name is no setting"},
		{"field without a name", "hidden: x", "line 1: hidden is no setting"},
		{"repeated key", "name: a\ncount: 1\nname: b", "line 3: name is set a second time, after line 1"},
		{"string for a number", "count: '3'", `line 1: count is "3": must be a whole number`},
		{"number for a string", "name: 8", `line 1: name is "8": must be a string`},
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

func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: a\ninner: {ratio: 2, tags: {k: v}}\nlist: [x]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("? [x]\n: y\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := strictyaml.Decode(data, new(settings))
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("error of more than one line: %q", err)
		}
	})
}
