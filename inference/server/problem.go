package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/seed-74198975/rsclip/inference/batch"
	"github.com/seed-74198975/rsclip/inference/budget"
	"github.com/seed-74198975/rsclip/inference/fetch"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/picture"
)

// Problem is an error as the API answers it: a stable code for programs and a
// sentence for people.
type Problem struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (p *Problem) Error() string { return p.Message }

func problem(status int, code, format string, args ...any) *Problem {
	return &Problem{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// knownErrors maps the errors of the packages below to answers; the first
// that matches is taken.
var knownErrors = []struct {
	is     error
	status int
	code   string
}{
	{picture.ErrUnsupported, http.StatusUnsupportedMediaType, "image_unsupported"},
	{picture.ErrTooLarge, http.StatusRequestEntityTooLarge, "image_too_large"},
	{picture.ErrCorrupt, http.StatusUnprocessableEntity, "image_corrupt"},
	{picture.ErrNodata, http.StatusUnprocessableEntity, "image_nodata"},
	{budget.ErrTooLarge, http.StatusRequestEntityTooLarge, "image_too_large"},
	{budget.ErrFull, http.StatusTooManyRequests, "overloaded"},
	{batch.ErrFull, http.StatusTooManyRequests, "overloaded"},
	{model.ErrNotFinite, http.StatusInternalServerError, "embedding_not_finite"},
	{batch.ErrClosed, http.StatusServiceUnavailable, "shutting_down"},
	{context.Canceled, statusClientClosedRequest, "client_closed_request"},
}

// statusClientClosedRequest is what nginx logs for a client that left; the
// client never sees it, but the metrics must not count it as our failure.
const statusClientClosedRequest = 499

// asProblem turns any error into an answer. An error that it does not know is
// the server's own, whose text goes to the log and not to the client.
func asProblem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var fetchError *fetch.Error
	if errors.As(err, &fetchError) {
		return problem(fetchError.Status(), string(fetchError.Code), "%v", fetchError)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return problem(http.StatusGatewayTimeout, "deadline_exceeded", "the request was not done within its deadline: allow more time in %s, send less, or send it later", timeoutHeader)
	}
	for _, k := range knownErrors {
		if errors.Is(err, k.is) {
			return problem(k.status, k.code, "%v", err)
		}
	}
	return internalProblem()
}

func internalProblem() *Problem {
	return problem(http.StatusInternalServerError, "internal", "the server failed; its log says why under this request's id")
}

// writeProblem answers with p, as the protocol of the path has errors.
func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	_ = writeJSON(w, p.Status, p.body(r.URL.Path)) // Strings have a form in JSON.
}

// body is the error as an object here, and elsewhere as clients of the protocol of a
// path take it, and nothing else: one string in the Open Inference Protocol and in
// Weaviate's, and Cohere's message. Jina's clients look for detail where OpenAI's
// look for error.
func (p *Problem) body(path string) any {
	switch {
	case path == "/v1/embed" || path == "/v2/embed":
		return map[string]string{"message": p.line()}
	case path == "/vectorize" || isV2(path):
		return map[string]string{"error": p.line()}
	case path == "/v1/embeddings":
		return map[string]any{"error": p, "detail": p.Message}
	}
	return map[string]*Problem{"error": p}
}

// line is the error where there is room for one string.
func (p *Problem) line() string { return p.Code + ": " + p.Message }
