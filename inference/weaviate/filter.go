package weaviate

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/seed-74198975/rsclip/inference/search"
)

// dialect writes conditions as filters of Weaviate's GraphQL.
var dialect = search.Dialect[string]{
	And:    func(all []string) string { return operands("And", all) },
	Or:     func(all []string) string { return operands("Or", all) },
	Leaf:   leaf,
	Weaker: func(c search.Condition) bool { return c.Op == "like" },
}

func operands(operator string, all []string) string {
	return "{operator: " + operator + ", operands: [" + strings.Join(all, ", ") + "]}"
}

// operators are those of a comparison, and of its opposite.
var operators = map[string][2]string{
	"=": {"Equal", "NotEqual"}, "<>": {"NotEqual", "Equal"},
	"<": {"LessThan", "GreaterThanEqual"}, "<=": {"LessThanEqual", "GreaterThan"},
	">": {"GreaterThan", "LessThanEqual"}, ">=": {"GreaterThanEqual", "LessThan"},
}

// leaf writes a comparison. NotEqual is true of what has no value.
func leaf(c search.Condition, negated bool) (string, bool) {
	if c.Property != "" {
		return facet(c, negated)
	}
	path := c.Column
	if path == "id" {
		path = idProperty
	}
	null := func(is bool) string { return fmt.Sprintf("{path: [%q], operator: IsNull, valueBoolean: %v}", path, is) }
	if c.Op == "isNull" {
		if path == idProperty || path == "source" || path == "nodata" {
			return "", false // They always have a value.
		}
		return null(!negated), true
	}
	value, ok := c.Value.(float64)
	kind, text := "valueNumber", ""
	if ok {
		if math.Abs(value) > math.MaxFloat64/2 {
			return "", false
		}
		text = strconv.FormatFloat(value, 'g', -1, 64)
	} else {
		word, _ := c.Value.(string)
		if word == "" || strings.TrimSpace(word) != word {
			return "", false // The engine keeps words without space around.
		}
		kind, text = "valueText", quote(word)
		switch {
		case c.Op == "like":
			// Its wildcards cannot be quoted, and are any text: more than is meant.
			text = quote(strings.NewReplacer("%", "*", "_", "*", `\`, "*").Replace(word))
			return fmt.Sprintf("{path: [%q], operator: Like, valueText: %s}", path, text), !negated
		case c.Op != "=" && c.Op != "<>":
			return "", false // It has no order of texts.
		}
	}
	pair, ok := operators[c.Op]
	if !ok {
		return "", false
	}
	operator := pair[0]
	if negated {
		operator = pair[1]
	}
	what := fmt.Sprintf("{path: [%q], operator: %s, %s: %s}", path, operator, kind, text)
	if operator == "NotEqual" {
		return operands("And", []string{what, null(false)}), true
	}
	return what, true
}

// facet writes what is asked of a property of the STAC item, of which the engine has
// words: that it is there, of what kind it is, and its value. It has no order of them.
func facet(c search.Condition, negated bool) (string, bool) {
	has := func(word string, not bool) string {
		return fmt.Sprintf("{path: [%q], operator: %s, valueText: [%s]}", facetsProperty, map[bool]string{false: "ContainsAny", true: "ContainsNone"}[not], quote(word))
	}
	value := facetOf(c.Property, c.Value)
	switch {
	case c.Op == "isNull":
		return has(facetOf(c.Property), !negated), true
	case c.Op != "=" && c.Op != "<>":
		return "", false
	case (c.Op == "=") != negated:
		return has(value, false), true
	}
	return operands("And", []string{has(kindOf(c.Property, c.Value), false), has(value, true)}), true
}

// facetOf is the word that a tile has for a property that is there, or has a value.
func facetOf(name string, value ...any) string {
	data, err := json.Marshal(append([]any{name}, value...))
	if err != nil {
		return name
	}
	return string(data)
}

// kindOf is the word for a property with a value of a kind.
func kindOf(name string, value any) string { return facetOf(name, nil, fmt.Sprintf("%T", value)) }

// quote writes a string of GraphQL, which has the escapes of JSON.
func quote(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(data)
}
