package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-74198975/rsclip/internal/strictyaml"
)

// FieldError names one field whose value is not allowed.
type FieldError struct {
	Field   string // path of the key, such as "server.port"
	Value   any    // what stands there
	Allowed string // what may stand there
	Fix     string // how to mend it
	Line    int    // of the file that it was read from; 0 if it was not
}

func (e FieldError) Error() string {
	line := ""
	if e.Line > 0 {
		line = fmt.Sprintf("line %d: ", e.Line)
	}
	return line + fmt.Sprintf("%s is %s: must be %s; %s", e.Field, quoted(e.Value), e.Allowed, e.Fix)
}

func quoted(v any) string {
	if n, ok := v.(int); ok {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%q", fmt.Sprint(v))
}

// FieldErrors is every field error of one configuration, on one line.
type FieldErrors []FieldError

func (e FieldErrors) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "; and ")
}

func (e *FieldErrors) add(field string, value any, allowed, fix string) {
	*e = append(*e, FieldError{Field: field, Value: value, Allowed: allowed, Fix: fix})
}

func (e *FieldErrors) inRange(field string, value, low, high int) {
	if value < low || value > high {
		e.add(field, value, fmt.Sprintf("%d to %d", low, high), "choose a value in that range")
	}
}

// inRangeOr is inRange for a field whose zero means its default, and which may
// have other values of a meaning of their own.
func (e *FieldErrors) inRangeOr(field string, value, low, high int, others ...int) {
	if value == 0 || value >= low && value <= high || slices.Contains(others, value) {
		return
	}
	allowed := fmt.Sprintf("%d to %d", low, high)
	for _, other := range others {
		allowed += fmt.Sprintf(", or %d", other)
	}
	e.add(field, value, allowed, "choose a value in that range")
}

// At returns the errors with the lines of the file that the fields were read
// from. What a field lacks is at its section, and what the file lacks at its top.
func (e FieldErrors) At(lines strictyaml.Lines) FieldErrors {
	located := slices.Clone(e)
	for i := range located {
		located[i].Line = max(lines.Of(located[i].Field), 1)
	}
	slices.SortStableFunc(located, func(a, b FieldError) int { return cmp.Compare(a.Line, b.Line) })
	return located
}

// located adds lines to what Validate reports.
func located(err error, lines strictyaml.Lines) error {
	var fields FieldErrors
	if !errors.As(err, &fields) {
		return err
	}
	return fields.At(lines)
}

// err keeps an empty list from becoming an error that is not nil.
func (e FieldErrors) err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
