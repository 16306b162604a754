package main

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The marks in docs/props.md between which the tables are generated.
const (
	generatedFrom = "<!-- generated: go test . -run TestPropsPage -update -->\n"
	generatedTo   = "<!-- end -->\n"
)

// TestPropsPage holds the tables of docs/props.md to the types of values files
// and their comments.
func TestPropsPage(t *testing.T) {
	t.Parallel()
	const file = "docs/props.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), generatedFrom)
	_, after, closed := strings.Cut(rest, generatedTo)
	if !found || !closed {
		t.Fatalf("%s has no %q and %q", file, generatedFrom, generatedTo)
	}
	s := sourcesOf(t, ".", "constructs")
	var tables strings.Builder
	for field := range reflect.TypeFor[Values]().Fields() {
		name := jsonName(field)
		tables.WriteString("\n## " + name + "\n\n| value | type | default | what it is |\n|---|---|---|---|\n")
		s.props(field.Type, name+".", &tables)
	}
	tables.WriteString("\n")
	want := before + generatedFrom + tables.String() + generatedTo + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(data), want); d != "" {
		t.Errorf("stale: run `go test . -run TestPropsPage -update` (-page +types):\n%s", d)
	}
}

// props writes a row for each prop below a path.
func (s sources) props(of reflect.Type, path string, into *strings.Builder) {
	suffix := ""
	for ; of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice; of = of.Elem() {
		if of.Kind() == reflect.Slice {
			suffix = "[]"
		}
	}
	path = strings.TrimSuffix(path, ".") + suffix + "."
	for field := range of.Fields() {
		name := jsonName(field)
		inner := field.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		switch {
		case field.Anonymous:
			s.props(field.Type, path, into)
		case name == "-":
		case strings.HasSuffix(inner.PkgPath(), "/inference/config") && inner.Kind() == reflect.Struct:
			into.WriteString("| `" + path + name + "` | mapping | | " + "see [settings.md](settings.md) |\n")
		default:
			is, byDefault := s.says(of, field)
			into.WriteString("| `" + path + name + "` | " + s.kind(field.Type) + " | " + byDefault + " | " + is + " |\n")
			if inner.Kind() == reflect.Struct {
				s.props(field.Type, path+name+".", into)
			}
		}
	}
}

// kind says in YAML's words of what type a prop is.
func (s sources) kind(of reflect.Type) string {
	switch of.Kind() {
	case reflect.Pointer:
		return s.kind(of.Elem())
	case reflect.Slice:
		return "list"
	case reflect.Map, reflect.Struct:
		return "mapping"
	case reflect.Int, reflect.Float64:
		return "number"
	case reflect.Bool:
		return "true or false"
	}
	return "text"
}

var (
	defaultSentence = regexp.MustCompile(`(?s)(?:^|\. |; )Default:? (.*)$`)
	verbs           = regexp.MustCompile(`^(is|are) `)
	docLinks        = regexp.MustCompile(`\[([A-Za-z.]+)\]`)
	// A name of Go is not at the beginning of a sentence and not in capitals only.
	goNames = regexp.MustCompile(`[^.:] [A-Z]+[a-z][A-Za-z]*(?:\.[A-Z][A-Za-z]*)*\b`)
	goWords = strings.NewReplacer("|", `\|`, "that is not nil ", "")
)

// says splits a prop's comment into what it is and its default, both in the
// words of a values file.
func (s sources) says(of reflect.Type, field reflect.StructField) (is, byDefault string) {
	comment := strings.TrimPrefix(s.comments[of.Name()+"."+field.Name], field.Name+" ")
	is = comment
	if at := defaultSentence.FindStringSubmatchIndex(comment); at != nil {
		rest, found := "", false
		is = comment[:at[0]]
		if byDefault, rest, found = strings.Cut(strings.TrimSuffix(comment[at[2]:at[3]], "."), ". "); found {
			is += ". " + rest // what the comment says after the default
		}
	}
	if strings.HasSuffix(strings.TrimSuffix(is, "."), "Required") {
		is, byDefault = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(is, "."), "Required"), ". "), "required"
	}
	words := func(text string) string {
		text = "is " + docLinks.ReplaceAllString(verbs.ReplaceAllString(text, ""), "$1")
		text = goNames.ReplaceAllStringFunc(text, func(name string) string { return name[:2] + yamlPath(of, name[2:]) })
		return goWords.Replace(strings.TrimPrefix(text, "is "))
	}
	return strings.TrimSuffix(words(is), "."), words(byDefault)
}

// yamlPath returns the path of a prop that a comment names as Go does, or the
// word as it is.
func yamlPath(of reflect.Type, word string) string {
	var path []string
	for name := range strings.SplitSeq(word, ".") {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct {
			return word
		}
		field, found := of.FieldByName(name)
		if !found || jsonName(field) == "-" || jsonName(field) == "" {
			return word
		}
		path, of = append(path, jsonName(field)), field.Type
	}
	return "`" + strings.Join(path, ".") + "`"
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}
