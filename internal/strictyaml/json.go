package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// DecodeJSON is [Decode] for a file of JSON, of which an empty one is none.
func DecodeJSON(data []byte, into any) (Lines, error) {
	if len(data) > maxBytes {
		return nil, tooLong(data)
	}
	r := jsonReader{data: data, line: 1, Decoder: jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))}
	root, err := r.node()
	if errors.Is(err, io.EOF) && len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("the file is empty: must be JSON; write {} for the defaults")
	}
	if err == nil {
		switch _, err = r.ReadToken(); {
		case err == nil:
			return nil, errors.New("the file has a second value: must be one; leave out what follows it")
		case errors.Is(err, io.EOF):
			err = nil
		}
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return nil, fmt.Errorf("line %d: is no JSON: %s", r.lineAt(syntax.ByteOffset), strings.TrimPrefix(syntax.Err.Error(), "jsontext: "))
	}
	if err != nil {
		return nil, fmt.Errorf("the file is no JSON: %w", err)
	}
	return decode(root, into)
}

// jsonReader reads JSON as the nodes that YAML would give, with their lines.
type jsonReader struct {
	*jsontext.Decoder

	data []byte
	at   int64 // the offset that line is of
	line int
}

// lineAt returns the line of an offset, which is not before those asked for earlier.
func (r *jsonReader) lineAt(offset int64) int {
	offset = min(offset, int64(len(r.data)))
	if offset > r.at {
		r.line += bytes.Count(r.data[r.at:offset], []byte("\n"))
		r.at = offset
	}
	return r.line
}

// node reads one value. The decoder bounds how deep they may lie in each other.
func (r *jsonReader) node() (*yaml.Node, error) {
	token, err := r.ReadToken()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: r.lineAt(r.InputOffset())}
	switch kind := token.Kind(); kind {
	case '{', '[':
		n.Kind = yaml.SequenceNode
		if kind == '{' {
			n.Kind = yaml.MappingNode
		}
		for {
			if next := r.PeekKind(); next == '}' || next == ']' {
				_, err := r.ReadToken()
				return n, err
			}
			child, err := r.node()
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
	case '"':
		n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle
	case '0':
		n.Tag = "!!int"
		if strings.ContainsAny(token.String(), ".eE") {
			n.Tag = "!!float"
		}
	case 'n':
		n.Tag = "!!null"
	default:
		n.Tag = "!!bool"
	}
	n.Value = token.String()
	return n, nil
}
