package server

import (
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// tensorData are the strings of a tensor: a flat list of them, or lists in lists,
// row by row, in which all strings are as deep.
type tensorData [][]byte

// UnmarshalJSONFrom reads the lists.
func (t *tensorData) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	refusal := func(reason string) error {
		if _, err := d.ReadToken(); err != nil { // To whose place the error then points.
			return err
		}
		return &json.SemanticError{JSONPointer: d.StackPointer(), Err: problem(http.StatusBadRequest, "invalid_request", "%s: the data of an input is a list of strings, flat or nested as its shape is", reason)}
	}
	if d.PeekKind() != jsontext.KindBeginArray {
		return refusal("there is no list")
	}
	outside, depth := d.StackDepth(), 0
	*t = tensorData{}
	for {
		switch d.PeekKind() {
		case jsontext.KindBeginArray:
			if d.StackDepth()-outside == maxDepth {
				return refusal("the lists are too deep")
			}
		case jsontext.KindString:
			switch within := d.StackDepth() - outside; {
			case depth != 0 && within != depth:
				return refusal("strings are not equally deep")
			case len(*t) == maxItems:
				return checkCount("values", maxItems+1)
			default:
				depth = within
			}
			value, err := d.ReadValue()
			if err != nil {
				return err
			}
			element, err := jsontext.AppendUnquote([]byte{}, value)
			if err != nil {
				return err
			}
			*t = append(*t, element)
			continue
		case jsontext.KindEndArray, jsontext.KindInvalid:
		default:
			return refusal("there is another value")
		}
		if _, err := d.ReadToken(); err != nil {
			return err
		}
		if d.StackDepth() == outside {
			return nil
		}
	}
}
