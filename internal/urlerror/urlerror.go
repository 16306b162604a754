// Package urlerror takes addresses out of net/http's errors: an address may be
// signed, as may those that redirects lead to, and errors go to logs and callers.
package urlerror

import (
	"errors"
	"net/url"
	"strings"
)

// Cause returns what went wrong, without the address that net/http puts before it. An
// error that is not of net/http is returned as it is.
func Cause(err error) error {
	var wrapped *url.Error
	switch {
	case !errors.As(err, &wrapped):
		return err
	case strings.HasPrefix(wrapped.Err.Error(), "failed to parse Location header"): // Which it quotes.
		return errors.New("it redirects to what is no URL")
	}
	return wrapped.Err
}
