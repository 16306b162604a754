package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/json"
)

// FieldError names one field whose value is not allowed.
type FieldError struct {
	Field   string // path of the key, such as "server.port"
	Value   any    // what stands there
	Allowed string // what may stand there
	Fix     string // how to mend it
}

func (e FieldError) Error() string {
	return fmt.Sprintf("%s is %s: must be %s; %s", e.Field, quoted(e.Value), e.Allowed, e.Fix)
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
	if value != 0 && !slices.Contains(others, value) {
		e.inRange(field, value, low, high)
	}
}

// err keeps an empty list from becoming an error that is not nil.
func (e FieldErrors) err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// decodeStrict decodes JSON with case-sensitive keys and refuses unknown and
// repeated ones, which encoding/json would let pass.
func decodeStrict(data []byte, into any) error {
	strict, err := json.UnmarshalStrict(data, into)
	return errors.Join(append([]error{err}, strict...)...)
}
