package constructs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-74198975/rsclip/inference/config"
)

// PropsError is what a construct panics with when its props cannot be deployed.
type PropsError struct {
	Construct string // such as "RsclipModelService"
	ID        string // the construct's id
	// Fields name the bad props by their path, such as "resources.requests.cpu".
	Fields config.FieldErrors
}

func (e *PropsError) Error() string {
	return fmt.Sprintf("%s %q: %s", e.Construct, e.ID, e.Fields)
}

// Unwrap returns the field errors.
func (e *PropsError) Unwrap() error { return e.Fields }

// check collects the field errors of one construct's props.
type check struct{ errs config.FieldErrors }

func (c *check) add(field string, value any, allowed, fix string) {
	c.errs = append(c.errs, config.FieldError{Field: field, Value: value, Allowed: allowed, Fix: fix})
}

// include adds the field errors of a nested configuration below a prefix.
func (c *check) include(prefix string, err error) {
	var fields config.FieldErrors
	errors.As(err, &fields)
	for _, f := range fields {
		f.Field = prefix + "." + f.Field
		c.errs = append(c.errs, f)
	}
}

// upTo refuses a number that is not 1 to most.
func (c *check) upTo(field string, value, most int) {
	if value < 1 || value > most {
		c.add(field, value, fmt.Sprintf("1 to %d", most), "choose a value in that range, or leave it out for the default")
	}
}

// oneOf refuses a value that is not in the list.
func oneOf[T ~string](c *check, field string, value T, allowed ...T) {
	if slices.Contains(allowed, value) {
		return
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	c.add(field, value, strings.Join(names, ", "), "use one of these")
}

// must panics with the collected errors, if there are any.
func (c *check) must(construct, id string) {
	if len(c.errs) > 0 {
		panic(&PropsError{Construct: construct, ID: id, Fields: c.errs})
	}
}

// setDefault sets a zero field to its default.
func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
