package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var (
	// strict allows no key that is unknown, in another case or repeated, and no null in
	// a list. Null for a key is as good as nothing, as clients send it.
	strict = json.JoinOptions(json.RejectUnknownMembers(true), json.WithUnmarshalers(json.JoinUnmarshalers(
		json.UnmarshalFromFunc(noNull), json.UnmarshalFromFunc(plain[string]), json.UnmarshalFromFunc(plain[int]))))
	// lenient allows all of these. To find the repeated among the unknown, they
	// would have to be remembered, in many times their own memory.
	lenient = jsontext.AllowDuplicateNames(true)
)

// plain refuses an object or a list in a T's place before its keys are read, and
// leaves the rest to the library.
func plain[T any](d *jsontext.Decoder, _ *T) error {
	if k := d.PeekKind(); k == jsontext.KindBeginObject || k == jsontext.KindBeginArray {
		return problem(http.StatusBadRequest, "invalid_json", "there is %s: send %s", foundKinds[k], wantedKinds[reflect.TypeFor[T]().Kind()])
	}
	return errors.ErrUnsupported
}

// noNull refuses null in a list, of whatever values, and leaves the rest to the library,
// to which null is zero.
func noNull(d *jsontext.Decoder, _ any) error {
	if d.PeekKind() != jsontext.KindNull {
		return errors.ErrUnsupported
	}
	if in, _ := d.StackIndex(d.StackDepth()); in != jsontext.KindBeginArray {
		return errors.ErrUnsupported
	}
	if err := d.SkipValue(); err != nil { // To whose place the error then points.
		return err
	}
	return &json.SemanticError{JSONPointer: d.StackPointer(), Err: problem(http.StatusBadRequest, "invalid_json", "there is null: send a value, or leave it out")}
}

// unmarshal reads JSON in one pass. What it reads keeps nothing of data.
func unmarshal(data []byte, into any, options json.Options) error {
	err := json.Unmarshal(data, into, options)
	if err == nil {
		return nil
	}
	var own *Problem
	var syntactic *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.As(err, &syntactic):
		return invalidJSON(syntactic.JSONPointer, syntactic.ByteOffset, syntacticReason(syntactic))
	case !errors.As(err, &semantic):
		return err
	case !errors.As(err, &own):
		return invalidJSON(semantic.JSONPointer, semantic.ByteOffset, semanticReason(semantic))
	case semantic.JSONPointer == "":
		return own
	}
	return asRefusal(own, "%s", place(semantic.JSONPointer))
}

func invalidJSON(at jsontext.Pointer, offset int64, reason string) *Problem {
	where := fmt.Sprintf("byte %d", offset)
	if at != "" {
		where = place(at) + ", " + where
	}
	return problem(http.StatusBadRequest, "invalid_json", "the body cannot be read: %s: %s", where, reason)
}

// The sentences below are made here, since those of the library's errors differ
// from one process to the next.

func syntacticReason(e *jsontext.SyntacticError) string {
	switch {
	case errors.Is(e.Err, jsontext.ErrDuplicateName):
		return "the key is there twice"
	case errors.Is(e.Err, io.ErrUnexpectedEOF):
		return "it ends early"
	}
	return e.Err.Error()
}

var (
	foundKinds = map[jsontext.Kind]string{
		jsontext.KindNull: "null", jsontext.KindFalse: "false", jsontext.KindTrue: "true",
		jsontext.KindString: "a string", jsontext.KindNumber: "a number",
		jsontext.KindBeginObject: "an object", jsontext.KindBeginArray: "a list",
	}
	wantedKinds = map[reflect.Kind]string{
		reflect.Bool: "true or false", reflect.String: "a string", reflect.Int: "a whole number", reflect.Int64: "a whole number",
		reflect.Float64: "a number", reflect.Struct: "an object", reflect.Slice: "a list", reflect.Array: "a list",
	}
)

func semanticReason(e *json.SemanticError) string {
	if errors.Is(e.Err, json.ErrUnknownName) {
		var known []string
		for _, f := range reflect.VisibleFields(e.GoType) {
			if f.Anonymous { // Its fields follow.
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			known = append(known, name)
		}
		return "there is no such key: use " + strings.Join(known, ", ")
	}
	found := foundKinds[e.JSONKind]
	if e.JSONKind == jsontext.KindNumber && len(e.JSONValue) > 0 {
		found = fmt.Sprintf("the number %.30s", e.JSONValue)
	}
	return fmt.Sprintf("there is %s: send %s", found, wantedKinds[e.GoType.Kind()])
}

// place writes a pointer as the other refusals do, such as input[3].image_url.
// Keys that a caller made up are cut short.
func place(at jsontext.Pointer) string {
	var b strings.Builder
	for token := range at.Tokens() {
		switch {
		case strings.Trim(token, "0123456789") == "":
			fmt.Fprintf(&b, "[%.20s]", token)
		case b.Len() > 0:
			fmt.Fprintf(&b, ".%.100s", token)
		default:
			fmt.Fprintf(&b, "%.100s", token)
		}
		if b.Len() > 200 {
			return b.String() + "..."
		}
	}
	return b.String()
}

// list is a list of at most maxItems values, of which none is null. Reading ends
// at the first too many, before they cost memory.
type list[T any] []T

// UnmarshalJSONFrom reads a list, or null, which leaves it nil.
func (l *list[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	return readList(d, (*[]T)(l), maxItems)
}

// readList reads a list of at most so many values, as [list] has it.
func readList[T any](d *jsontext.Decoder, l *[]T, most int) error {
	if d.PeekKind() != jsontext.KindBeginArray {
		return json.UnmarshalDecode(d, l)
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	*l = []T{}
	for d.PeekKind() != jsontext.KindEndArray {
		if len(*l) == most {
			return checkCountOf("values", most+1, most)
		}
		if err := noNull(d, nil); !errors.Is(err, errors.ErrUnsupported) { // Leniently read lists, too.
			return err
		}
		*l = append(*l, *new(T))
		if err := json.UnmarshalDecode(d, &(*l)[len(*l)-1]); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}
