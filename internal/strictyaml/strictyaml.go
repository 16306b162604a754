// Package strictyaml decodes a YAML or JSON file of settings into a struct, and
// refuses what an author cannot have meant: unknown and repeated keys, values of
// the wrong kind, numbers that are not decimal, aliases, anchors, tags and merge
// keys, and zero values written out, since a zero field means the default. It
// reports everything that is wrong, with its line, and remembers the line of
// every key, so that what is found wrong later can name its place.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxBytes bounds a file of settings, which people write by hand. A ConfigMap
// holds no more.
const maxBytes = 1 << 20

// maxErrors bounds what is reported of one file.
const maxErrors = 20

// Error is one thing wrong with a file.
type Error struct {
	Line    int    // counted from 1
	Path    string // such as "service.replicas"; empty at the top
	Problem string
}

func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	}
	return fmt.Sprintf("line %d: %s %s", e.Line, e.Path, e.Problem)
}

// Errors is everything wrong with a file, in the order of its lines. It prints
// on one line.
type Errors []*Error

func (e Errors) Error() string {
	shown := make([]string, 0, len(e))
	for _, one := range e[:min(len(e), maxErrors)] {
		shown = append(shown, one.Error())
	}
	if more := len(e) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("%d more", more))
	}
	return strings.Join(shown, "; and ")
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
// fields carry json tags. A string with the tag number:"text" may be written as a number,
// and a tag zero:"1 to 9; how to mend it" says what may be there in the place of a zero. An
// empty document changes nothing. Errors are of type
// [Errors], but for what is no YAML at all.
func Decode(data []byte, into any) (Lines, error) {
	if len(data) > maxBytes {
		return nil, tooLong(data)
	}
	if at := invalidUTF8(data); at >= 0 {
		return nil, fmt.Errorf("line %d: is no UTF-8: must be UTF-8; save the file as that", 1+bytes.Count(data[:at], []byte("\n")))
	}
	var document yaml.Node
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return Lines{}, nil
	case err != nil:
		return nil, indented(data, oneLine(err))
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file has a second document: must be one; split it into files")
	}
	return decode(document.Content[0], into)
}

func tooLong(data []byte) error {
	return fmt.Errorf("the file has %d bytes: must be at most %d; leave out what is no setting", len(data), maxBytes)
}

// oneLine joins the lines of the YAML parser's message.
func oneLine(err error) error {
	return errors.New(strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " "))
}

// invalidUTF8 returns where data begins to be no UTF-8, or -1.
func invalidUTF8(data []byte) int {
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// indented says it of an error of the YAML parser if its cause is a tab in an indentation,
// which the parser calls a character that cannot start any token.
func indented(data []byte, err error) error {
	var line int
	if _, scanErr := fmt.Sscanf(err.Error(), "line %d:", &line); scanErr != nil {
		return err
	}
	lines := strings.Split(string(data), "\n")
	// The parser may count to the line before, or behind.
	for at := max(line-2, 0); at < min(line+1, len(lines)); at++ {
		text := lines[at]
		if indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]; strings.Contains(indent, "\t") {
			return fmt.Errorf("line %d: is indented by a tab: must be by spaces, since YAML takes no tabs there; replace it", at+1)
		}
	}
	return err
}

// decode decodes a tree of nodes. It goes no deeper than the type of into does,
// but for what is of any type.
func decode(root *yaml.Node, into any) (Lines, error) {
	d := decoding{lines: Lines{}}
	d.value(root, reflect.ValueOf(into).Elem(), "")
	if len(d.errs) > 0 {
		return nil, d.errs
	}
	return d.lines, nil
}

type decoding struct {
	lines Lines
	errs  Errors
}

func (d *decoding) wrong(node *yaml.Node, path, format string, args ...any) {
	d.errs = append(d.errs, &Error{Line: node.Line, Path: path, Problem: fmt.Sprintf(format, args...)})
}

// kinds names what a scalar or collection may be, in YAML's terms.
var kinds = map[reflect.Kind]string{
	reflect.String: "a string", reflect.Bool: "true or false", reflect.Int: "a whole number",
	reflect.Interface: "a value", reflect.Float64: "a number", reflect.Slice: "a list", reflect.Map: "a mapping", reflect.Struct: "a mapping",
}

// tags are the resolved YAML tags that decode into a scalar kind. A value of "<<"
// is a string; only as a key it would merge.
var tags = map[reflect.Kind][]string{
	reflect.String: {"!!str", "!!merge"}, reflect.Bool: {"!!bool"}, reflect.Int: {"!!int"}, reflect.Float64: {"!!float", "!!int"},
}

// decimal is a number in the one form that all readers of YAML agree on: 010 is
// eight to one and ten to another.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// value decodes a node, and reports whether it could.
func (d *decoding) value(node *yaml.Node, into reflect.Value, path string) bool {
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	kind := into.Kind()
	before := len(d.errs)
	switch {
	case node.Kind == yaml.AliasNode || node.Anchor != "":
		d.wrong(node, path, "is an alias or anchor: must be %s; write the value out", kinds[kind])
	case node.Style&yaml.TaggedStyle != 0:
		d.wrong(node, path, "has the tag %q: must be %s; leave the tag out", node.Tag, kinds[kind])
	case kind == reflect.Interface:
		d.anything(node, into, path)
	case kind == reflect.Struct && node.Kind == yaml.MappingNode:
		d.structure(node, into, path)
	case kind == reflect.Struct && node.Tag == "!!null":
		// A section whose every setting is commented out.
	case kind == reflect.Map && node.Kind == yaml.MappingNode:
		d.mapping(node, into, path)
	case kind == reflect.Slice && node.Kind == yaml.SequenceNode:
		d.list(node, into, path)
	case node.Kind != yaml.ScalarNode || node.Tag == "!!null" || !slices.Contains(tags[kind], node.Tag):
		d.wrong(node, path, "is %s: must be %s%s", written(node), kinds[kind], quotes(node, kind))
	case !scalar(node.Value, into):
		d.wrong(node, path, "is %s: must be %s in range, in decimal digits", written(node), kinds[kind])
	}
	return len(d.errs) == before
}

// quotes says where quotes are missing, or are too many.
func quotes(node *yaml.Node, kind reflect.Kind) string {
	quoted := node.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
	switch {
	case node.Kind != yaml.ScalarNode || node.Tag == "!!null":
	case kind == reflect.String:
		return fmt.Sprintf("; write %s, in quotes", written(node))
	case quoted && (kind == reflect.Int || kind == reflect.Float64) && node.Value != "" && decimal.MatchString(node.Value),
		quoted && kind == reflect.Bool && (node.Value == "true" || node.Value == "false"):
		return fmt.Sprintf("; write %s, without quotes", node.Value)
	}
	return ""
}

// anything decodes a node of whatever kind into an interface.
func (d *decoding) anything(node *yaml.Node, into reflect.Value, path string) {
	var of reflect.Type
	switch {
	case node.Kind == yaml.MappingNode:
		of = reflect.TypeFor[map[string]any]()
	case node.Kind == yaml.SequenceNode:
		of = reflect.TypeFor[[]any]()
	case node.Tag == "!!null":
		return
	case node.Tag == "!!bool":
		of = reflect.TypeFor[bool]()
	case node.Tag == "!!int":
		of = reflect.TypeFor[int]()
	case node.Tag == "!!float":
		of = reflect.TypeFor[float64]()
	default:
		of = reflect.TypeFor[string]()
	}
	value := reflect.New(of).Elem()
	if d.value(node, value, path) {
		into.Set(value)
	}
}

// scalar sets what a scalar of the right tag says, and reports whether it could.
func scalar(text string, into reflect.Value) bool {
	switch kind := into.Kind(); kind { //nolint:exhaustive // Kinds that have tags.
	case reflect.String:
		into.SetString(text)
	case reflect.Bool:
		into.SetBool(strings.EqualFold(text, "true"))
	case reflect.Int:
		n, err := strconv.ParseInt(text, 10, into.Type().Bits())
		into.SetInt(n)
		return err == nil && decimal.MatchString(text)
	default:
		x, err := strconv.ParseFloat(text, into.Type().Bits())
		into.SetFloat(x)
		return err == nil && decimal.MatchString(text)
	}
	return true
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

func (d *decoding) structure(node *yaml.Node, into reflect.Value, path string) {
	fields := fieldsOf(into)
	d.eachKey(node, path, func(key string, keyNode, valueNode *yaml.Node, keyPath string) {
		field, ok := fields[key]
		if !ok {
			d.wrong(keyNode, keyPath, "is no setting: must be one of %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
			return
		}
		number := slices.Contains(tags[reflect.Float64], valueNode.Tag) && decimal.MatchString(valueNode.Value)
		if number && field.tag.Get("number") == "text" && valueNode.Anchor == "" && valueNode.Style&yaml.TaggedStyle == 0 {
			valueNode.Tag = "!!str"
		}
		// A pointer tells a zero from nothing, and false is the default of all.
		if d.value(valueNode, field.Value, keyPath) && len(tags[field.Kind()]) > 0 && field.Kind() != reflect.Bool && field.IsZero() {
			d.wrong(valueNode, keyPath, "is %s: must be %s", written(valueNode), instead(field.tag.Get("zero")))
		}
	})
}

// instead says what there may be in the place of a zero, by the field's tag: what is
// allowed, and behind a semicolon how to mend it.
func instead(tag string) string {
	const leftOut = "left out for the default"
	if tag == "" {
		return leftOut
	}
	allowed, mend, _ := strings.Cut(tag, ";")
	if mend != "" {
		mend = ";" + mend
	}
	return allowed + ", or " + leftOut + mend
}

func (d *decoding) mapping(node *yaml.Node, into reflect.Value, path string) {
	into.Set(reflect.MakeMap(into.Type()))
	d.eachKey(node, path, func(key string, _, valueNode *yaml.Node, keyPath string) {
		value := reflect.New(into.Type().Elem()).Elem()
		if d.value(valueNode, value, keyPath) {
			into.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), value)
		}
	})
}

func (d *decoding) list(node *yaml.Node, into reflect.Value, path string) {
	into.Set(reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content)))
	for i, item := range node.Content {
		itemPath := fmt.Sprintf("%s[%d]", path, i)
		d.lines[itemPath] = item.Line
		d.value(item, into.Index(i), itemPath)
	}
}

// eachKey visits the pairs of a mapping, whose keys are distinct plain strings.
func (d *decoding) eachKey(node *yaml.Node, path string, visit func(key string, keyNode, valueNode *yaml.Node, keyPath string)) {
	first := make(map[string]int)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag != "!!str" || key.Anchor != "" || key.Style&yaml.TaggedStyle != 0 {
			d.wrong(key, path, "has a key that is no name: must be a plain name; write it out, in quotes if it is a number")
			continue
		}
		keyPath := key.Value
		if path != "" {
			keyPath = path + "." + key.Value
		}
		if line, again := first[key.Value]; again {
			d.wrong(key, keyPath, "is set a second time, after line %d: must be set once", line)
			continue
		}
		first[key.Value] = key.Line
		d.lines[keyPath] = key.Line
		visit(key.Value, key, value, keyPath)
	}
}

// settable is a field of a struct with its tags.
type settable struct {
	reflect.Value

	tag reflect.StructTag
}

// fieldsOf returns the settable fields of a struct by their json names, those
// of embedded structs among them.
func fieldsOf(structure reflect.Value) map[string]settable {
	fields := map[string]settable{}
	for i := range structure.NumField() {
		field := structure.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name == "" && field.Anonymous:
			maps.Copy(fields, fieldsOf(structure.Field(i)))
		case name != "":
			fields[name] = settable{structure.Field(i), field.Tag}
		}
	}
	return fields
}
