package search

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/seed-74198975/rsclip/inference/table"
)

// columns are those of the table that an expression may name, with their values; nil
// for none. Other names are properties of the STAC item.
var columns = map[string]func(*table.Tile) any{
	"id":             func(t *table.Tile) any { return t.ID },
	"source":         func(t *table.Tile) any { return t.Source },
	"nodata":         func(t *table.Tile) any { return t.Nodata },
	"gsd":            func(t *table.Tile) any { return value(t.GSD) },
	"grid_cell":      func(t *table.Tile) any { return value(t.GridCell) },
	"cloud_cover":    func(t *table.Tile) any { return value(t.CloudCover) },
	"eo:cloud_cover": func(t *table.Tile) any { return value(t.CloudCover) },
	"datetime": func(t *table.Tile) any {
		if t.Datetime == nil {
			return nil
		}
		return float64(*t.Datetime)
	},
}

func value[T any](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}

// node is an expression of CQL2 JSON.
//
// Format: OGC 21-065r2, Common Query Language (CQL2), the JSON encoding.
type node struct {
	Op        string            `json:"op"`
	Args      []json.RawMessage `json:"args"`
	Property  string            `json:"property"`
	Timestamp string            `json:"timestamp"`
	Date      string            `json:"date"`
}

// parser counts what an expression asks for.
type parser struct{ terms int }

// parseCQL2 reads an expression that is true or false of a tile.
func parseCQL2(raw json.RawMessage) (predicate, error) {
	var p parser
	return p.condition(raw, 0)
}

// comparisons are what an order of -1, 0 or 1 must be for each operator.
var comparisons = map[string]func(order int) bool{
	"=":  func(o int) bool { return o == 0 },
	"<>": func(o int) bool { return o != 0 },
	"<":  func(o int) bool { return o < 0 },
	"<=": func(o int) bool { return o <= 0 },
	">":  func(o int) bool { return o > 0 },
	">=": func(o int) bool { return o >= 0 },
}

// condition reads an operator that is true or false. What compares a value that a
// tile does not have is false, and so is not of it.
func (p *parser) condition(raw json.RawMessage, depth int) (predicate, error) {
	if p.terms++; p.terms > maxTerms || depth > maxDepth {
		return nil, refuse("cql2", "it has more than %d terms, or is more than %d deep", maxTerms, maxDepth)
	}
	var n node
	if err := json.Unmarshal(raw, &n); err != nil || n.Op == "" {
		return nil, refuse("cql2", `%.80q is no condition: write {"op": "<", "args": [{"property": "cloud_cover"}, 20]}`, raw)
	}
	switch n.Op {
	case "and", "or":
		if len(n.Args) == 0 {
			return nil, refuse("cql2", "%s has no arguments", n.Op)
		}
		var all []predicate
		for _, arg := range n.Args {
			c, err := p.condition(arg, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
		and := n.Op == "and"
		return func(t *table.Tile) bool {
			for _, c := range all {
				if c(t) != and {
					return !and
				}
			}
			return and
		}, nil
	case "not":
		if len(n.Args) != 1 {
			return nil, refuse("cql2", "not has %d arguments, and takes 1", len(n.Args))
		}
		c, err := p.condition(n.Args[0], depth+1)
		if err != nil {
			return nil, err
		}
		return func(t *table.Tile) bool { return !c(t) }, nil
	}
	return p.comparison(n)
}

// comparison reads an operator that compares values.
func (p *parser) comparison(n node) (predicate, error) {
	want := map[string]int{"between": 3, "in": 2, "like": 2, "isNull": 1}[n.Op]
	is, simple := comparisons[n.Op]
	if simple {
		want = 2
	}
	if want == 0 {
		return nil, refuse("cql2", "its operator is %.40q: must be and, or, not, =, <>, <, <=, >, >=, between, in, like or isNull", n.Op)
	}
	if len(n.Args) != want {
		return nil, refuse("cql2", "%s has %d arguments, and takes %d", n.Op, len(n.Args), want)
	}
	args := n.Args
	if n.Op == "in" {
		var list []json.RawMessage
		if err := json.Unmarshal(args[1], &list); err != nil || len(list) == 0 {
			return nil, refuse("cql2", "the second argument of in is no list of values")
		}
		args = append(args[:1:1], list...)
	}
	var operands []func(*table.Tile) any
	for _, arg := range args {
		o, err := p.operand(arg)
		if err != nil {
			return nil, err
		}
		operands = append(operands, o)
	}
	first := operands[0]
	switch {
	case simple:
		return func(t *table.Tile) bool { order, ok := compare(first(t), operands[1](t)); return ok && is(order) }, nil
	case n.Op == "between":
		return func(t *table.Tile) bool {
			v := first(t)
			low, a := compare(v, operands[1](t))
			high, b := compare(v, operands[2](t))
			return a && b && low >= 0 && high <= 0
		}, nil
	case n.Op == "in":
		return func(t *table.Tile) bool {
			v := first(t)
			for _, o := range operands[1:] {
				if order, ok := compare(v, o(t)); ok && order == 0 {
					return true
				}
			}
			return false
		}, nil
	case n.Op == "isNull":
		return func(t *table.Tile) bool { return first(t) == nil }, nil
	}
	pattern, ok := operands[1](&table.Tile{}).(string)
	if !ok {
		return nil, refuse("cql2", "the second argument of like is no text")
	}
	like := likePattern(pattern)
	return func(t *table.Tile) bool { text, ok := first(t).(string); return ok && like.MatchString(text) }, nil
}

// likePattern turns a pattern of SQL into one of Go: % is any text, _ any character.
func likePattern(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	return regexp.MustCompile("(?s)^" + strings.NewReplacer("%", ".*", "_", ".").Replace(quoted) + "$")
}

// operand reads a value, or the name of one that a tile has.
func (p *parser) operand(raw json.RawMessage) (func(*table.Tile) any, error) {
	if p.terms++; p.terms > maxTerms {
		return nil, refuse("cql2", "it has more than %d terms", maxTerms)
	}
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '{' {
		var n node
		if err := json.Unmarshal(raw, &n); err != nil {
			return nil, refuse("cql2", "%.80q is no value", raw)
		}
		switch {
		case n.Property != "":
			return property(n.Property), nil
		case n.Timestamp != "" || n.Date != "":
			return moment(n.Timestamp + n.Date)
		}
		return nil, refuse("cql2", `%.80q is no value: write a number, a text, {"property": ...} or {"timestamp": ...}`, raw)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, refuse("cql2", "%.80q is no value", raw)
	}
	switch v.(type) {
	case float64, string, bool:
		return func(*table.Tile) any { return v }, nil
	}
	return nil, refuse("cql2", "%.80q is no value: write a number, a text, true or false", raw)
}

// property is a column, or a property of the STAC item that the table keeps.
func property(name string) func(*table.Tile) any {
	if column, ok := columns[name]; ok {
		return column
	}
	return func(t *table.Tile) any {
		if t.Properties == nil {
			return nil
		}
		var kept map[string]any
		if json.Unmarshal([]byte(*t.Properties), &kept) != nil {
			return nil
		}
		return kept[name]
	}
}

// moment is a time, in milliseconds as the column datetime has it.
func moment(text string) (func(*table.Tile) any, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			ms := float64(t.UnixMilli())
			return func(*table.Tile) any { return ms }, nil
		}
	}
	return nil, refuse("cql2", "%.40q is no time of RFC 3339", text)
}

// compare orders two values of one kind; ok is false for others, and for none.
func compare(a, b any) (order int, ok bool) {
	switch x := a.(type) {
	case float64:
		if y, same := b.(float64); same {
			switch {
			case x < y:
				return -1, true
			case x > y:
				return 1, true
			}
			return 0, x == y
		}
	case string:
		if y, same := b.(string); same {
			return strings.Compare(x, y), true
		}
	case bool:
		if y, same := b.(bool); same {
			return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)), true
		}
	}
	return 0, false
}
