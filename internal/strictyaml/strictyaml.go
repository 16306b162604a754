// Package strictyaml decodes a YAML file of settings into a struct, and refuses
// what an author cannot have meant: unknown and repeated keys, values of the
// wrong kind, aliases, and zero values written out, since a zero field means
// the default. It remembers the line of every key, so that what is found wrong
// later can name its place.
package strictyaml

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxBytes bounds a file of settings, which people write by hand.
const maxBytes = 1 << 20

// Error is one thing wrong with a file.
type Error struct {
	Line    int    // counted from 1; 0 where it is the whole file's
	Path    string // such as "service.replicas"; empty at the top
	Problem string
}

func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	}
	return fmt.Sprintf("line %d: %s %s", e.Line, e.Path, e.Problem)
}

// Lines holds the line of every key of a file by its path.
type Lines map[string]int

// Of returns the line of a path, or of its nearest parent that the file has, or 0.
func (l Lines) Of(path string) int {
	for path != "" {
		if line, ok := l[path]; ok {
			return line
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 0
}

// Decode decodes one YAML document into the struct that into points to, whose
// fields carry json tags. An empty document changes nothing. Errors are of type
// [Error], but for what is no YAML at all.
func Decode(data []byte, into any) (Lines, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("the file has %d bytes: must be at most %d; leave out what is no setting", len(data), maxBytes)
	}
	var document yaml.Node
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return Lines{}, nil
	case err != nil:
		return nil, oneLine(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file has a second document: must be one; split it into files")
	}
	d := decoding{lines: Lines{}}
	if err := d.value(document.Content[0], reflect.ValueOf(into).Elem(), ""); err != nil {
		return nil, err
	}
	return d.lines, nil
}

// oneLine joins the lines of the YAML parser's message.
func oneLine(err error) error {
	return errors.New(strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " "))
}

type decoding struct{ lines Lines }

// kinds names what a scalar or collection may be, in YAML's terms.
var kinds = map[reflect.Kind]string{
	reflect.String: "a string", reflect.Bool: "true or false", reflect.Int: "a whole number",
	reflect.Float64: "a number", reflect.Slice: "a list", reflect.Map: "a mapping", reflect.Struct: "a mapping",
}

// tags are the resolved YAML tags that decode into a scalar kind.
var tags = map[reflect.Kind][]string{
	reflect.String: {"!!str"}, reflect.Bool: {"!!bool"}, reflect.Int: {"!!int"}, reflect.Float64: {"!!float", "!!int"},
}

func (d decoding) value(node *yaml.Node, into reflect.Value, path string) error {
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	wrong := func(format string, args ...any) error {
		return &Error{Line: node.Line, Path: path, Problem: fmt.Sprintf(format, args...)}
	}
	kind := into.Kind()
	switch {
	case node.Kind == yaml.AliasNode || node.Anchor != "":
		return wrong("is an alias or anchor: must be %s; write the value out", kinds[kind])
	case kind == reflect.Struct && node.Kind == yaml.MappingNode:
		return d.structure(node, into, path)
	case kind == reflect.Struct && node.Tag == "!!null":
		return nil // a section whose every setting is commented out
	case kind == reflect.Map && node.Kind == yaml.MappingNode:
		return d.mapping(node, into, path)
	case kind == reflect.Slice && node.Kind == yaml.SequenceNode:
		return d.list(node, into, path)
	case node.Kind != yaml.ScalarNode || node.Tag == "!!null" || !slices.Contains(tags[kind], node.Tag):
		return wrong("is %s: must be %s", written(node), kinds[kind])
	}
	if err := node.Decode(into.Addr().Interface()); err != nil {
		return wrong("is %s: must be %s in range", written(node), kinds[kind])
	}
	if into.IsZero() && kind != reflect.Bool {
		return wrong("is %s: must be left out for the default", written(node))
	}
	return nil
}

// written is what stands in the file, as far as it fits a message.
func written(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.MappingNode:
		return "a mapping"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case node.Tag == "!!null":
		return "empty"
	case len(node.Value) > 60:
		return fmt.Sprintf("%q...", node.Value[:60])
	}
	return fmt.Sprintf("%q", node.Value)
}

func (d decoding) structure(node *yaml.Node, into reflect.Value, path string) error {
	fields := fieldsOf(into)
	return d.eachKey(node, path, func(key string, keyNode, valueNode *yaml.Node, keyPath string) error {
		field, ok := fields[key]
		if !ok {
			return &Error{Line: keyNode.Line, Path: keyPath, Problem: "is no setting: must be one of " + strings.Join(sortedKeys(fields), ", ")}
		}
		return d.value(valueNode, field, keyPath)
	})
}

func (d decoding) mapping(node *yaml.Node, into reflect.Value, path string) error {
	into.Set(reflect.MakeMap(into.Type()))
	return d.eachKey(node, path, func(key string, _, valueNode *yaml.Node, keyPath string) error {
		value := reflect.New(into.Type().Elem()).Elem()
		if err := d.value(valueNode, value, keyPath); err != nil {
			return err
		}
		into.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), value)
		return nil
	})
}

func (d decoding) list(node *yaml.Node, into reflect.Value, path string) error {
	into.Set(reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content)))
	for i, item := range node.Content {
		itemPath := fmt.Sprintf("%s[%d]", path, i)
		d.lines[itemPath] = item.Line
		if err := d.value(item, into.Index(i), itemPath); err != nil {
			return err
		}
	}
	return nil
}

// eachKey visits the pairs of a mapping, whose keys are distinct plain strings.
func (d decoding) eachKey(node *yaml.Node, path string, visit func(key string, keyNode, valueNode *yaml.Node, keyPath string) error) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			return &Error{Line: key.Line, Path: path, Problem: "has a key that is no name: must be a plain name; write it out"}
		}
		keyPath := key.Value
		if path != "" {
			keyPath = path + "." + key.Value
		}
		if first, again := d.lines[keyPath]; again {
			return &Error{Line: key.Line, Path: keyPath, Problem: fmt.Sprintf("is set a second time, after line %d: must be set once", first)}
		}
		d.lines[keyPath] = key.Line
		if err := visit(key.Value, key, value, keyPath); err != nil {
			return err
		}
	}
	return nil
}

// fieldsOf returns the settable fields of a struct by their json names, those
// of embedded structs among them.
func fieldsOf(structure reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range structure.NumField() {
		field := structure.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name == "" && field.Anonymous:
			for inner, value := range fieldsOf(structure.Field(i)) {
				fields[inner] = value
			}
		case name != "":
			fields[name] = structure.Field(i)
		}
	}
	return fields
}

func sortedKeys(fields map[string]reflect.Value) []string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
