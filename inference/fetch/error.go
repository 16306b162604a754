package fetch

import (
	"fmt"
	"net/http"
	"net/url"
)

// Code says what went wrong; codes are stable.
type Code string

// The codes, and the status of the answer that each deserves.
const (
	InvalidURL        Code = "invalid_url"
	UnsupportedScheme Code = "unsupported_scheme"
	ForbiddenAddress  Code = "forbidden_address"
	ForbiddenPort     Code = "forbidden_port"
	TooManyRedirects  Code = "too_many_redirects"
	TooManyHosts      Code = "too_many_hosts"
	NameNotFound      Code = "name_not_found"
	ConnectFailed     Code = "connect_failed"
	TimedOut          Code = "fetch_timeout"
	BadStatus         Code = "bad_status"
	BadResponse       Code = "bad_response"
	TooLarge          Code = "file_too_large"
)

// statuses are all of the caller, who chose the URL: a server of whose answers many
// have 5xx is one to call somebody for, and a dead link is none.
var statuses = map[Code]int{
	InvalidURL:        http.StatusBadRequest,
	UnsupportedScheme: http.StatusBadRequest,
	ForbiddenAddress:  http.StatusBadRequest,
	ForbiddenPort:     http.StatusBadRequest,
	TooManyRedirects:  http.StatusFailedDependency,
	TooManyHosts:      http.StatusBadRequest,
	NameNotFound:      http.StatusFailedDependency,
	ConnectFailed:     http.StatusFailedDependency,
	TimedOut:          http.StatusFailedDependency,
	BadStatus:         http.StatusFailedDependency,
	BadResponse:       http.StatusFailedDependency,
	TooLarge:          http.StatusRequestEntityTooLarge,
}

// Error says why a URL was not fetched.
type Error struct {
	Code Code
	// Host is the host of the URL that failed, after redirects. The rest of a
	// URL may hold secrets and is not kept.
	Host string
	Err  error
}

func (e *Error) Error() string {
	if e.Host == "" {
		return fmt.Sprintf("fetching the image: %v", e.Err)
	}
	return fmt.Sprintf("fetching the image from %s: %v", e.Host, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Status returns the HTTP status that tells a caller whose fault it is.
func (e *Error) Status() int { return statuses[e.Code] }

func fail(code Code, u *url.URL, format string, args ...any) *Error {
	e := &Error{Code: code, Err: fmt.Errorf(format, args...)}
	if u != nil {
		e.Host = u.Host
	}
	return e
}
