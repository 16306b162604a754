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
func parseCQL2(raw json.RawMessage) (predicate, Condition, error) {
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
// tile does not have is false, and not of it is true: CQL2 has a third value for both.
func (p *parser) condition(raw json.RawMessage, depth int) (holds predicate, c Condition, err error) {
	if p.terms++; p.terms > maxTerms || depth > maxDepth {
		return nil, c, refuse("cql2", "it has more than %d terms, or is more than %d deep", maxTerms, maxDepth)
	}
	var n node
	if err := json.Unmarshal(raw, &n); err != nil || n.Op == "" {
		return nil, c, refuse("cql2", `%.80q is no condition: write {"op": "<", "args": [{"property": "cloud_cover"}, 20]}`, raw)
	}
	switch n.Op {
	case "and", "or", "not":
		return p.combination(n, depth)
	}
	return p.comparison(n)
}

// combination reads an operator over conditions.
func (p *parser) combination(n node, depth int) (holds predicate, c Condition, err error) {
	switch {
	case len(n.Args) == 0:
		return nil, c, refuse("cql2", "%s has no arguments", n.Op)
	case n.Op == "not" && len(n.Args) != 1:
		return nil, c, refuse("cql2", "not has %d arguments, and takes 1", len(n.Args))
	}
	c.Op = n.Op
	var all []predicate
	for _, arg := range n.Args {
		one, told, err := p.condition(arg, depth+1)
		if err != nil {
			return nil, c, err
		}
		all, c.Args = append(all, one), append(c.Args, told)
	}
	if n.Op == "not" {
		return func(t *table.Tile) bool { return !all[0](t) }, c, nil
	}
	and := n.Op == "and"
	return func(t *table.Tile) bool {
		for _, one := range all {
			if one(t) != and {
				return !and
			}
		}
		return and
	}, c, nil
}

// comparison reads an operator that compares values.
func (p *parser) comparison(n node) (holds predicate, c Condition, err error) {
	want := map[string]int{"between": 3, "in": 2, "like": 2, "isNull": 1}[n.Op]
	is, simple := comparisons[n.Op]
	if simple {
		want = 2
	}
	if want == 0 {
		return nil, c, refuse("cql2", "its operator is %.40q: must be and, or, not, =, <>, <, <=, >, >=, between, in, like or isNull", n.Op)
	}
	if len(n.Args) != want {
		return nil, c, refuse("cql2", "%s has %d arguments, and takes %d", n.Op, len(n.Args), want)
	}
	args := n.Args
	if n.Op == "in" {
		var list []json.RawMessage
		if err := json.Unmarshal(args[1], &list); err != nil || len(list) == 0 {
			return nil, c, refuse("cql2", "the second argument of in is no list of values")
		}
		args = append(args[:1:1], list...)
	}
	var operands []operand
	for _, arg := range args {
		o, err := p.operand(arg)
		if err != nil {
			return nil, c, err
		}
		operands = append(operands, o)
	}
	c = tell(n.Op, operands)
	first := operands[0].of
	switch {
	case simple:
		return func(t *table.Tile) bool { order, ok := compare(first(t), operands[1].of(t)); return ok && is(order) }, c, nil
	case n.Op == "between":
		return func(t *table.Tile) bool {
			v := first(t)
			low, a := compare(v, operands[1].of(t))
			high, b := compare(v, operands[2].of(t))
			return a && b && low >= 0 && high <= 0
		}, c, nil
	case n.Op == "in":
		return func(t *table.Tile) bool {
			v := first(t)
			for _, o := range operands[1:] {
				if order, ok := compare(v, o.of(t)); ok && order == 0 {
					return true
				}
			}
			return false
		}, c, nil
	case n.Op == "isNull":
		return func(t *table.Tile) bool { return first(t) == nil }, c, nil
	}
	pattern, ok := operands[1].value.(string)
	if !ok {
		return nil, c, refuse("cql2", "the second argument of like is no text")
	}
	like := likePattern(pattern)
	return func(t *table.Tile) bool { text, ok := first(t).(string); return ok && like.MatchString(text) }, c, nil
}

// turned are the operators that say the same of the operands the other way round.
var turned = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// tell returns a comparison of a name and values in the words of engines, and nothing
// for others.
func tell(op string, operands []operand) Condition {
	if turn := turned[op]; turn != "" && operands[0].name == "" {
		op, operands = turn, []operand{operands[1], operands[0]}
	}
	one := func(op string, value any) Condition {
		c := Condition{Op: op, Column: operands[0].name, Value: value}
		if c.Column == "eo:cloud_cover" {
			c.Column = "cloud_cover"
		}
		if _, column := columns[operands[0].name]; !column {
			c.Column, c.Property = "", operands[0].name
		}
		return c
	}
	if operands[0].name == "" {
		return Condition{}
	}
	for _, o := range operands[1:] {
		if o.name != "" {
			return Condition{}
		}
	}
	switch op {
	case "isNull":
		return one(op, nil)
	case "between":
		return Condition{Op: "and", Args: []Condition{one(">=", operands[1].value), one("<=", operands[2].value)}}
	case "in":
		or := Condition{Op: "or"}
		for _, o := range operands[1:] {
			or.Args = append(or.Args, one("=", o.value))
		}
		return or
	}
	return one(op, operands[1].value)
}

// likePattern turns a pattern of SQL into one of Go: % is any text, _ any character.
func likePattern(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	return regexp.MustCompile("(?s)^" + strings.NewReplacer("%", ".*", "_", ".").Replace(quoted) + "$")
}

// operand is a value, or the name of one that a tile has.
type operand struct {
	name  string
	value any // of no name
	of    func(*table.Tile) any
}

func constant(v any) operand { return operand{value: v, of: func(*table.Tile) any { return v }} }

// operand reads a value, or the name of one that a tile has.
func (p *parser) operand(raw json.RawMessage) (o operand, err error) {
	if p.terms++; p.terms > maxTerms {
		return o, refuse("cql2", "it has more than %d terms", maxTerms)
	}
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '{' {
		var n node
		if err := json.Unmarshal(raw, &n); err != nil {
			return o, refuse("cql2", "%.80q is no value", raw)
		}
		switch {
		case n.Property != "":
			return operand{name: n.Property, of: property(n.Property)}, nil
		case n.Timestamp != "" || n.Date != "":
			return moment(n.Timestamp + n.Date)
		}
		return o, refuse("cql2", `%.80q is no value: write a number, a text, {"property": ...} or {"timestamp": ...}`, raw)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return o, refuse("cql2", "%.80q is no value", raw)
	}
	switch v.(type) {
	case float64, string, bool:
		return constant(v), nil
	}
	return o, refuse("cql2", "%.80q is no value: write a number, a text, true or false", raw)
}

// property is a column, or a property of the STAC item that the table keeps.
func property(name string) func(*table.Tile) any {
	if column, ok := columns[name]; ok {
		return column
	}
	return func(t *table.Tile) any { return Properties(t)[name] }
}

// Properties returns what a tile keeps of its STAC item; nil for nothing.
func Properties(t *table.Tile) (kept map[string]any) {
	if t.Properties == nil || json.Unmarshal([]byte(*t.Properties), &kept) != nil {
		return nil
	}
	return kept
}

// moment is a time, in milliseconds as the column datetime has it.
func moment(text string) (o operand, err error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return constant(float64(t.UnixMilli())), nil
		}
	}
	return o, refuse("cql2", "%.40q is no time of RFC 3339", text)
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
