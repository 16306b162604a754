package search

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/seed-74198975/rsclip/inference/table"
	"github.com/seed-74198975/rsclip/internal/rfc3339"
)

// truth is what CQL2 says of a tile. A comparison with a value that the tile does not
// have is unknown, as in SQL: and is the smaller, or the larger, and not the opposite.
// A tile is wanted if all of it is true.
type truth int8

const (
	no truth = iota - 1
	unknown
	yes
)

func truthOf(v bool) truth {
	if v {
		return yes
	}
	return no
}

// condition tells what an expression says of a tile.
type condition = func(*table.Tile) truth

// kind is what can be compared with each other, as refusals name it.
type kind string

const (
	textKind   kind = "a text"
	numberKind kind = "a number"
	boolKind   kind = "true or false"
	timeKind   kind = "a time"
	// anyKind is that of a property of the STAC item, which each tile has its own of.
	anyKind kind = ""
)

// column is one of the table, with its value of a tile; nil for none.
type column struct {
	kind kind
	of   func(*table.Tile) any
}

// columns are those that an expression may name. Other names are properties of the
// STAC item.
var columns = map[string]column{
	"id":             {textKind, func(t *table.Tile) any { return t.ID }},
	"source":         {textKind, func(t *table.Tile) any { return t.Source }},
	"nodata":         {numberKind, func(t *table.Tile) any { return t.Nodata }},
	"gsd":            {numberKind, func(t *table.Tile) any { return value(t.GSD) }},
	"grid_cell":      {textKind, func(t *table.Tile) any { return value(t.GridCell) }},
	"cloud_cover":    {numberKind, func(t *table.Tile) any { return value(t.CloudCover) }},
	"eo:cloud_cover": {numberKind, func(t *table.Tile) any { return value(t.CloudCover) }},
	"datetime": {timeKind, func(t *table.Tile) any {
		if t.Datetime == nil {
			return nil
		}
		return float64(*t.Datetime)
	}},
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

// parseCQL2 reads an expression, and returns which tiles it is true of.
func parseCQL2(raw json.RawMessage) (predicate, Condition, error) {
	var p parser
	holds, told, err := p.condition(raw, 0)
	return func(t *table.Tile) bool { return holds(t) == yes }, told, err
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

// condition reads an operator that is true, false or unknown.
func (p *parser) condition(raw json.RawMessage, depth int) (holds condition, c Condition, err error) {
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
func (p *parser) combination(n node, depth int) (holds condition, c Condition, err error) {
	switch {
	case len(n.Args) == 0:
		return nil, c, refuse("cql2", "%s has no arguments", n.Op)
	case n.Op == "not" && len(n.Args) != 1:
		return nil, c, refuse("cql2", "not has %d arguments, and takes 1", len(n.Args))
	}
	c.Op = n.Op
	var all []condition
	for _, arg := range n.Args {
		one, told, err := p.condition(arg, depth+1)
		if err != nil {
			return nil, c, err
		}
		all, c.Args = append(all, one), append(c.Args, told)
	}
	if n.Op == "not" {
		return func(t *table.Tile) truth { return -all[0](t) }, c, nil
	}
	return join(n.Op, all), c, nil
}

// join is "and" of conditions, the smallest of them, or "or", the largest.
func join(op string, all []condition) condition {
	sign := yes
	if op == "or" {
		sign = no // The largest is the opposite of the smallest of the opposites.
	}
	return func(t *table.Tile) truth {
		least := yes
		for _, one := range all {
			if least = min(least, sign*one(t)); least == no {
				break
			}
		}
		return sign * least
	}
}

// comparison reads an operator that compares values.
func (p *parser) comparison(n node) (holds condition, c Condition, err error) {
	want := map[string]int{"between": 3, "in": 2, "like": 2, "isNull": 1}[n.Op]
	if comparisons[n.Op] != nil {
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
		if err := json.Unmarshal(args[1], &list); err != nil || list == nil {
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
	if err := checkKinds(n.Op, operands); err != nil {
		return nil, c, err
	}
	c = tell(n.Op, operands)
	first := operands[0]
	switch n.Op {
	case "between":
		return join("and", []condition{first.compared(">=", operands[1]), first.compared("<=", operands[2])}), c, nil
	case "in":
		var equals []condition
		for _, o := range operands[1:] {
			equals = append(equals, first.compared("=", o))
		}
		return join("or", equals), c, nil
	case "isNull":
		return func(t *table.Tile) truth { return truthOf(first.of(t) == nil) }, c, nil
	case "like":
		pattern, ok := operands[1].value.(string)
		if !ok {
			return nil, c, refuse("cql2", "the second argument of like is no text")
		}
		like := likePattern(pattern)
		return func(t *table.Tile) truth {
			text, ok := first.of(t).(string)
			if !ok {
				return unknown
			}
			return truthOf(like.MatchString(text))
		}, c, nil
	}
	return first.compared(n.Op, operands[1]), c, nil
}

// checkKinds refuses to compare values of different kinds. Of which kind a property of
// the STAC item is, each tile says: if it is another, the comparison is unknown.
func checkKinds(op string, operands []operand) error {
	var known *operand // The first whose kind is known.
	for i, o := range operands {
		switch {
		case o.kind == anyKind:
			continue
		case op == "like" && o.kind != textKind:
			return refuse("cql2", "like compares texts, and %s is %s", o, o.kind)
		case known == nil:
			known = &operands[i]
		case o.kind != known.kind:
			a, b := *known, o
			if a.name == "" && b.name != "" { // What is written can be changed, and a column cannot.
				a, b = b, a
			}
			return refuse("cql2", "%s is %s, and it is compared with %s, which is %s: write %s", a, a.kind, b, b.kind, forms[a.kind])
		}
	}
	if known != nil && known.kind == timeKind {
		for _, o := range operands {
			if o.kind == anyKind {
				return refuse("cql2", "%s is compared with a time, and only datetime is one: write %s, as the STAC item has it", o, forms[textKind])
			}
		}
	}
	return nil
}

// forms are how a value of a kind is written.
var forms = map[kind]string{
	textKind:   `a text, such as "2024-05-01"`,
	numberKind: `a number, such as 20`,
	boolKind:   `true or false`,
	timeKind:   `{"timestamp": "2024-05-01T00:00:00Z"} or {"date": "2024-05-01"}`,
}

// compared compares two operands, which must both be there and of one kind.
func (o operand) compared(op string, with operand) condition {
	is := comparisons[op]
	return func(t *table.Tile) truth {
		order, ok := compare(o.of(t), with.of(t))
		if !ok {
			return unknown
		}
		return truthOf(is(order))
	}
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

// likePattern turns a pattern of CQL2 into one of Go: % is any text, _ any character,
// and what follows a \ stands for itself. So does a \ at the end.
func likePattern(pattern string) *regexp.Regexp {
	var out strings.Builder
	escaped := false
	for _, c := range strings.ToValidUTF8(pattern, "\ufffd") {
		switch {
		case escaped:
			out.WriteString(regexp.QuoteMeta(string(c)))
			escaped = false
		case c == '\\':
			escaped = true
		case c == '%':
			out.WriteString(".*")
		case c == '_':
			out.WriteString(".")
		default:
			out.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	if escaped {
		out.WriteString(`\\`)
	}
	return regexp.MustCompile("(?s)^" + out.String() + "$")
}

// operand is a value, or the name of one that a tile has.
type operand struct {
	column

	name  string
	value any // of no name
}

func constant(k kind, v any) operand {
	return operand{column{k, func(*table.Tile) any { return v }}, "", v}
}

// String names it in refusals.
func (o operand) String() string {
	switch {
	case o.name != "":
		return fmt.Sprintf("%.80s", o.name)
	case o.kind == timeKind:
		ms, _ := o.value.(float64)
		return time.UnixMilli(int64(ms)).UTC().Format(time.RFC3339Nano)
	case o.kind == textKind:
		return fmt.Sprintf("%.40q", o.value)
	}
	return fmt.Sprint(o.value)
}

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
			return operand{column: property(n.Property), name: n.Property}, nil
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
	case float64:
		return constant(numberKind, v), nil
	case string:
		return constant(textKind, v), nil
	case bool:
		return constant(boolKind, v), nil
	case nil:
		return o, refuse("cql2", `null is no value that can be compared: write {"op": "isNull", "args": [{"property": ...}]}`)
	}
	return o, refuse("cql2", "%.80q is no value: write a number, a text, true or false", raw)
}

// property is a column, or a property of the STAC item that the table keeps.
func property(name string) column {
	if column, ok := columns[name]; ok {
		return column
	}
	return column{anyKind, func(t *table.Tile) any { return Properties(t)[name] }}
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
	t, err := rfc3339.Parse(text)
	if err != nil {
		t, err = time.Parse(time.DateOnly, text)
	}
	if err == nil {
		return constant(timeKind, float64(t.UnixMilli())), nil
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
