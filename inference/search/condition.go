package search

import (
	"github.com/seed-74198975/rsclip/inference/table"
)

// Condition is what a filter asks of a tile, for engines, which do not read CQL2.
//
// What compares a value that a tile does not have is neither true nor false, and
// neither is its opposite. So is what compares a property of another kind.
type Condition struct {
	// Op is and, or, not, =, <>, <, <=, >, >=, like or isNull. Of a condition without
	// one nothing can be told in these words; only rsclip knows it.
	Op   string
	Args []Condition // of and, or and not
	// Column is a column of the table, or xmin, ymin, xmax or ymax of its bbox.
	Column string
	// Property is one of the STAC item that the table keeps, in the place of Column.
	Property string
	// Value is a number, a text or a bool; of like the pattern, as SQL has it; of
	// isNull none. Times are in milliseconds since 1970.
	Value any
}

// Asked is a condition as an engine has it.
type Asked[T any] struct {
	// What is asked, unless No or Any say that there is nothing to ask.
	What T
	// No tile fulfils the condition.
	No bool
	// Any tile may fulfil it.
	Any bool
	// Exact tells that the tiles that fulfil What are those that are wanted. Else
	// some of them are not, and none is missing.
	Exact bool
}

// Dialect is the language of an engine's filters.
type Dialect[T any] struct {
	And, Or func([]T) T
	// Leaf writes a comparison, or what is true if it is false. Both leave out tiles of
	// which it is neither. It returns false if the engine cannot tell.
	Leaf func(c Condition, negated bool) (what T, ok bool)
	// Weaker tells comparisons of which Leaf lets more tiles through; none if nil.
	Weaker func(Condition) bool
}

// Write writes a condition in an engine's language. Where the engine cannot tell, it
// lets more tiles through.
func (d Dialect[T]) Write(c Condition) Asked[T] { return d.write(c, false) }

func (d Dialect[T]) write(c Condition, negated bool) Asked[T] {
	switch c.Op {
	case "":
		return Asked[T]{Any: true}
	case "not":
		return d.write(c.Args[0], !negated)
	case "and", "or":
		return d.join(c.Args, (c.Op == "and") != negated, negated)
	}
	weaker := d.Weaker != nil && d.Weaker(c)
	what, ok := d.Leaf(c, negated)
	if !ok || weaker && negated {
		return Asked[T]{Any: true}
	}
	return Asked[T]{What: what, Exact: !weaker}
}

// join writes conditions of which all must hold, or one.
func (d Dialect[T]) join(conditions []Condition, all, negated bool) Asked[T] {
	out := Asked[T]{No: !all, Any: all, Exact: true}
	var parts []T
	for _, c := range conditions {
		part := d.write(c, negated)
		switch {
		case part.No && all, part.Any && !all:
			return part
		case part.No: // One of several, which no tile fulfils.
			continue
		}
		out.Exact = out.Exact && part.Exact
		if !part.Any {
			out.No, out.Any = false, false
			parts = append(parts, part.What)
		}
	}
	switch {
	case len(parts) == 0: // It is No or Any.
	case len(parts) == 1:
		out.What = parts[0]
	case all:
		out.What = d.And(parts)
	default:
		out.What = d.Or(parts)
	}
	return out
}

// Wanted is a filter that was read.
type Wanted struct {
	// Holds tells whether a tile is wanted; nil for all.
	Holds func(*table.Tile) bool
	// Condition is the same in the words of engines.
	Condition Condition
}

// boxCondition is met by tiles whose box meets a box.
func boxCondition(b table.BBox) Condition {
	return eachTurn(b, func(b table.BBox) Condition {
		return Condition{Op: "and", Args: []Condition{
			{Op: ">=", Column: "xmax", Value: b.XMin},
			{Op: "<=", Column: "xmin", Value: b.XMax},
			{Op: ">=", Column: "ymax", Value: b.YMin},
			{Op: "<=", Column: "ymin", Value: b.YMax},
		}}
	})
}

// eachTurn is a condition at the longitudes of a box, or a turn of the earth beside
// them, where tiles can be.
func eachTurn(b table.BBox, condition func(table.BBox) Condition) Condition {
	or := Condition{Op: "or"}
	for _, turn := range turns {
		if b.XMax-turn >= -360 && b.XMin-turn <= 360 { // The middle of a tile is within 180 degrees.
			or.Args = append(or.Args, condition(table.BBox{XMin: b.XMin - turn, YMin: b.YMin, XMax: b.XMax - turn, YMax: b.YMax}))
		}
	}
	return or
}

// coverCells is how many boxes a polygon is covered with, at most about.
const coverCells = 16

// cover returns boxes that together hold a polygon, and little beside it.
func cover(polygon []ring) []table.BBox {
	cells := []table.BBox{*table.Bounds(polygon[0])}
	for range coverCells { // A point stays one.
		var next []table.BBox
		for _, c := range cells {
			halves := [2]table.BBox{c, c}
			if c.XMax-c.XMin > c.YMax-c.YMin {
				halves[0].XMax, halves[1].XMin = (c.XMin+c.XMax)/2, (c.XMin+c.XMax)/2
			} else {
				halves[0].YMax, halves[1].YMin = (c.YMin+c.YMax)/2, (c.YMin+c.YMax)/2
			}
			for _, h := range halves {
				if meets(polygon, &h) {
					next = append(next, h)
				}
			}
		}
		if len(next) == 0 || len(next) > coverCells {
			break
		}
		cells = next
	}
	return cells
}
