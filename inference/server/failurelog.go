package server

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Failed requests have a line each, but for these: the lines of a window are
// bounded, and what was refused for want of room or a model has one line for all of
// a window.
const (
	failureWindow = 10 * time.Second
	failureLines  = 100 // of a window, beside those of failures of our own
)

// failureLog writes the lines of failed requests.
type failureLog struct {
	log *slog.Logger

	mu      sync.Mutex
	open    bool // a window is
	lines   int
	leftOut int
	refused map[string]*refusals // by code
}

// refusals are the refused requests of a window.
type refusals struct {
	status, count int
	first         string // request id
}

// write notes a failed request: the server's failures as errors, callers' as
// information, and what is nobody's, such as a caller that left, for those who look.
func (f *failureLog) write(ctx context.Context, e *exchange, status int, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case status == statusClientClosedRequest:
		level = slog.LevelDebug
	case status == http.StatusInternalServerError:
		level = slog.LevelError
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		f.refuse(e.code(status), status, requestID(ctx))
		return
	case status > http.StatusInternalServerError, status == http.StatusFailedDependency:
		level = slog.LevelWarn
	}
	if !f.log.Enabled(ctx, level) || level < slog.LevelError && !f.room() {
		return
	}
	attributes := []any{"request_id", requestID(ctx), "method", e.method, "route", e.route, "status", status, "code", e.code(status), "duration_seconds", took.Seconds()}
	if e.key != "" {
		attributes = append(attributes, "key", e.key)
	}
	if e.err != nil {
		attributes = append(attributes, "err", short(e.err.Error(), level))
	}
	f.log.Log(ctx, level, "request failed", attributes...)
}

// short bounds what a caller can have written to the log.
func short(message string, level slog.Level) string {
	const most = 500
	if level >= slog.LevelError || len(message) <= most {
		return message
	}
	return message[:most] + "..."
}

// room says whether the window has room for a line.
func (f *failureLog) room() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begin()
	if f.lines == failureLines {
		f.leftOut++
		return false
	}
	f.lines++
	return true
}

// refuse counts a refused request.
func (f *failureLog) refuse(code string, status int, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begin()
	r := f.refused[code]
	if r == nil {
		r = &refusals{status: status, first: id}
		f.refused[code] = r
	}
	r.count++
}

// begin opens a window, whose end says what had no line of its own.
func (f *failureLog) begin() {
	if f.open {
		return
	}
	f.open, f.refused = true, make(map[string]*refusals)
	time.AfterFunc(failureWindow, f.end)
}

// end closes the window.
func (f *failureLog) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, code := range slices.Sorted(maps.Keys(f.refused)) {
		r := f.refused[code]
		f.log.Warn("requests refused", "code", code, "status", r.status, "count", r.count, "within_seconds", failureWindow.Seconds(), "first_request_id", r.first)
	}
	if f.leftOut > 0 {
		f.log.Warn("failed requests left out of the log", "count", f.leftOut, "within_seconds", failureWindow.Seconds())
	}
	f.open, f.refused, f.lines, f.leftOut = false, nil, 0, 0
}
