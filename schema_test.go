package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write examples/values/values.schema.json instead of comparing with it")

// TestSchema holds the JSON Schema of values files to the types that they are
// decoded into: their fields, comments and constants.
func TestSchema(t *testing.T) {
	t.Parallel()
	root := sourcesOf(t, ".", "constructs", "inference/config").schema(reflect.TypeFor[Values]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Values of the rsclip cdk8s app"
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("examples", "values", "values.schema.json")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("stale: run `go test . -update` (-file +types):\n%s", diff)
	}
}

// TestExampleValues synthesizes every values file of the examples.
func TestExampleValues(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("examples", "values", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if err := run(file, t.TempDir(), false, io.Discard, nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// sources is what reflection cannot see of types: comments and constants, by
// "Type", "Type.Field" and the name of a constant's type.
type sources struct {
	comments  map[string]string
	constants map[string][]string
}

func sourcesOf(t *testing.T, folders ...string) sources {
	t.Helper()
	s := sources{comments: map[string]string{}, constants: map[string][]string{}}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, s.visit)
		}
	}
	return s
}

func (s sources) visit(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.TypeSpec:
		structure, ok := n.Type.(*ast.StructType)
		if !ok {
			return true
		}
		for _, field := range structure.Fields.List {
			for _, name := range field.Names {
				s.comments[n.Name.Name+"."+name.Name] = strings.Join(strings.Fields(field.Doc.Text()), " ")
			}
		}
	case *ast.ValueSpec:
		kind, ok := n.Type.(*ast.Ident)
		if !ok || len(n.Values) != 1 {
			return true
		}
		if literal, ok := n.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			value, _ := strconv.Unquote(literal.Value)
			s.constants[kind.Name] = append(s.constants[kind.Name], value)
		}
	}
	return true
}

// schema returns the JSON Schema of a type of settings.
func (s sources) schema(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return s.schema(t.Elem())
	case reflect.Interface: // as Kubernetes has it
		return map[string]any{}
	case reflect.String:
		if allowed := s.constants[t.Name()]; len(allowed) > 0 {
			slices.Sort(allowed)
			return map[string]any{"enum": allowed}
		}
		return map[string]any{"type": "string"}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.schema(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.schema(t.Elem())}
	case reflect.Struct:
		properties := map[string]any{}
		s.properties(t, properties)
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": false, "properties": properties}
	}
	panic("no schema for " + t.String())
}

func (s sources) properties(t reflect.Type, into map[string]any) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case field.Anonymous && name == "":
			s.properties(field.Type, into)
		default:
			property := s.schema(field.Type)
			switch property["type"] { // A zero field means its default, and is left out.
			case "string":
				property["minLength"] = 1
			case "integer", "number":
				if field.Type.Kind() != reflect.Pointer {
					property["not"] = map[string]any{"const": 0}
				}
			}
			if field.Tag.Get("number") == "text" {
				property["type"] = []string{"string", "number"}
			}
			if comment := s.comments[t.Name()+"."+field.Name]; comment != "" {
				property["description"] = comment
			}
			into[name] = property
		}
	}
}

// TestEverySettingIsDocumented asks each prop for its default, or that it is
// required. Those of nested mappings are in the mapping's own comments.
func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
	s := sourcesOf(t, ".", "constructs", "inference/config")
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(props reflect.Type) {
		for props.Kind() == reflect.Pointer || props.Kind() == reflect.Slice {
			props = props.Elem()
		}
		if props.Kind() != reflect.Struct || seen[props] {
			return
		}
		seen[props] = true
		for i := range props.NumField() {
			field := props.Field(i)
			comment := s.comments[props.Name()+"."+field.Name]
			switch {
			case field.Anonymous: // its fields are this one's
			case comment == "":
				t.Errorf("%s.%s has no comment", props.Name(), field.Name)
			case strings.HasSuffix(props.PkgPath(), "constructs") && (field.Type.Kind() == reflect.Int || field.Type.Kind() == reflect.Float64) && field.Tag.Get("zero") == "":
				t.Errorf("%s.%s has no tag zero that says what else there may be", props.Name(), field.Name)
			case field.Type.Kind() != reflect.Struct && !strings.Contains(comment, "efault") && !strings.Contains(comment, "Required"):
				t.Errorf("%s.%s states no default: %q", props.Name(), field.Name, comment)
			}
			if field.Tag.Get("json") != "-" {
				visit(field.Type)
			}
		}
	}
	visit(reflect.TypeFor[Values]())
	if len(seen) < 20 {
		t.Errorf("%d types of settings were seen, want 20 or more", len(seen))
	}
}
