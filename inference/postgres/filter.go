package postgres

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/seed-74198975/rsclip/inference/search"
)

// statement is a part of a statement, with its values. Those that are written first
// have the first numbers.
type statement struct{ values []any }

// value adds a value, and returns how the statement names it.
func (s *statement) value(v any) string {
	s.values = append(s.values, v)
	return fmt.Sprintf("$%d", len(s.values))
}

// dialect writes conditions as SQL.
func (s *statement) dialect() search.Dialect[string] {
	return search.Dialect[string]{
		And:  func(all []string) string { return "(" + strings.Join(all, " AND ") + ")" },
		Or:   func(all []string) string { return "(" + strings.Join(all, " OR ") + ")" },
		Leaf: s.leaf,
	}
}

// operators are the same in SQL.
var operators = map[string]bool{"=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true, "like": true}

// leaf writes a comparison, which is null of what has no value, as its opposite is.
func (s *statement) leaf(c search.Condition, negated bool) (string, bool) {
	if strings.ContainsRune(fmt.Sprint(c.Column, c.Property, c.Value), 0) {
		return "", false // No text has it.
	}
	what, ok := s.comparison(c)
	if negated {
		what = "NOT (" + what + ")"
	}
	return what, ok
}

// sides are the columns of a tile's box. PostgreSQL has columns xmin and xmax of its own.
var sides = map[string]string{"xmin": "west", "ymin": "south", "xmax": "east", "ymax": "north"}

func (s *statement) comparison(c search.Condition) (string, bool) {
	left, is := cmp.Or(sides[c.Column], c.Column), ""
	if c.Property != "" {
		name := s.value(c.Property)
		if c.Op == "isNull" {
			return "coalesce(jsonb_typeof(properties->" + name + "::text), 'null') = 'null'", true
		}
		left = "(properties->>" + name + "::text)"
		// The cast must not be tried of another kind.
		kind, cast := "string", ` COLLATE "C"`
		switch c.Value.(type) {
		case float64:
			kind, cast = "number", "::float8"
		case bool:
			kind, cast = "boolean", "::boolean"
		}
		is = "CASE jsonb_typeof(properties->" + name + "::text) WHEN '" + kind + "' THEN %s END"
		left += cast
	}
	if c.Op == "isNull" {
		return left + " IS NULL", true
	}
	if !operators[c.Op] {
		return "", false
	}
	var right string
	switch value := c.Value.(type) {
	case float64:
		if c.Column == "datetime" {
			// Moments that the column can have.
			const most = 1e14
			if value != math.Trunc(value) || math.Abs(value) > most {
				return "", false
			}
			right = s.value(time.UnixMilli(int64(value)).UTC()) + "::timestamptz"
		} else {
			right = s.value(value) + "::float8"
		}
	case bool:
		right = s.value(value) + "::boolean"
	case string:
		value = strings.ToValidUTF8(value, "\uFFFD")
		if slashes := len(value) - len(strings.TrimRight(value, `\`)); c.Op == "like" && slashes%2 == 1 {
			value += `\` // At the end it stands for itself, and here it would be an error.
		}
		right = s.value(value) + "::text"
	}
	operator := c.Op
	if c.Op == "like" {
		operator, right = "LIKE", right+` ESCAPE '\'`
	}
	what := left + " " + operator + " " + right
	if is != "" {
		what = fmt.Sprintf(is, what)
	}
	return what, true
}
