// Package logging makes the server's slog.Logger from the level and format of
// app-config.yaml, whose format is that of Python's logging module.
package logging

import (
	"context"
	"io"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// New returns a logger that writes to w the records at or above level, one
// line each. Format is "json", "text", or a format of Python's logging
// module, whose %(name)s is name. In a Python format attributes follow the
// message as key=value; values that hold spaces or control characters are
// quoted, so that no value can forge a line.
func New(w io.Writer, name, level, format string) (*slog.Logger, error) {
	lvl, err := ParseLevel(level)
	if err != nil {
		return nil, err
	}
	options := &slog.HandlerOptions{Level: lvl}
	switch format {
	case "json":
		options.ReplaceAttr = plain
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	segments, err := parseFormat(format)
	if err != nil {
		return nil, err
	}
	return slog.New(&handler{out: &lockedWriter{w: w}, name: name, level: lvl, segments: segments}), nil
}

// plain gives JSON what programs can read: a duration in seconds, with its unit in the
// name, where JSON has nanoseconds and no word of it, and an address as it is written.
func plain(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case time.Duration:
		return slog.Float64(a.Key+"_seconds", v.Seconds())
	case net.Addr:
		return slog.String(a.Key, v.String())
	}
	return a
}

// CheckFormat reports why a format cannot be used, or nil.
func CheckFormat(format string) error {
	if format == "json" || format == "text" {
		return nil
	}
	_, err := parseFormat(format)
	return err
}

// lockedWriter keeps lines of concurrent requests whole.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

type handler struct {
	out      io.Writer
	name     string
	level    slog.Level
	segments []segment
	prefix   string // group path, each part followed by a dot
	attrs    string // attributes already rendered by WithAttrs
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	var message strings.Builder
	message.WriteString(oneLine(r.Message))
	message.WriteString(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		appendAttr(&message, h.prefix, a)
		return true
	})
	e := entry{record: r, name: h.name, message: message.String()}
	var line strings.Builder
	for _, s := range h.segments {
		if s.value == nil {
			line.WriteString(s.literal)
			continue
		}
		text := s.value(e)
		padding := strings.Repeat(s.pad, max(0, max(s.width, -s.width)-len(text)))
		if s.width >= 0 {
			text = padding + text
		} else {
			text += padding
		}
		line.WriteString(text)
	}
	line.WriteByte('\n')
	_, err := io.WriteString(h.out, line.String())
	return err
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	b.WriteString(h.attrs)
	for _, a := range attrs {
		appendAttr(&b, h.prefix, a)
	}
	c := *h
	c.attrs = b.String()
	return &c
}

func (h *handler) WithGroup(name string) slog.Handler {
	c := *h
	if name != "" {
		c.prefix += name + "."
	}
	return &c
}

func appendAttr(b *strings.Builder, prefix string, a slog.Attr) {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range value.Group() {
			appendAttr(b, prefix, member)
		}
		return
	}
	if a.Equal(slog.Attr{}) {
		return
	}
	b.WriteByte(' ')
	b.WriteString(prefix)
	b.WriteString(a.Key)
	b.WriteByte('=')
	text := value.String()
	if text == "" || slices.ContainsFunc([]rune(text), func(r rune) bool { return r == '"' || r == '=' || r == ' ' || !strconv.IsPrint(r) }) {
		text = strconv.Quote(text)
	}
	b.WriteString(text)
}

// oneLine keeps a message from spanning lines.
func oneLine(s string) string {
	if strings.ContainsAny(s, "\r\n") {
		quoted := strconv.Quote(s)
		return quoted[1 : len(quoted)-1]
	}
	return s
}
