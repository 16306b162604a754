package logging

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// entry is what a format's attributes can draw on.
type entry struct {
	record  slog.Record
	name    string
	message string
}

// attributes are the LogRecord attributes of Python's logging module that
// have a meaning here, by name.
// Source: https://docs.python.org/3/library/logging.html#logrecord-attributes
var attributes = map[string]func(entry) string{
	"asctime":   func(e entry) string { return e.record.Time.Format("2006-01-02 15:04:05,000") },
	"created":   func(e entry) string { return strconv.FormatFloat(float64(e.record.Time.UnixMicro())/1e6, 'f', 6, 64) },
	"filename":  func(e entry) string { return filepath.Base(source(e).File) },
	"funcName":  func(e entry) string { return source(e).Function },
	"levelname": func(e entry) string { return levelName(e.record.Level) },
	"levelno":   func(e entry) string { return strconv.Itoa(levelNumber(e.record.Level)) },
	"lineno":    func(e entry) string { return strconv.Itoa(source(e).Line) },
	"message":   func(e entry) string { return e.message },
	"msecs":     func(e entry) string { return strconv.Itoa(e.record.Time.Nanosecond() / 1e6) },
	"name":      func(e entry) string { return e.name },
	"pathname":  func(e entry) string { return source(e).File },
	"process":   func(entry) string { return strconv.Itoa(os.Getpid()) },
}

func source(e entry) runtime.Frame {
	frame, _ := runtime.CallersFrames([]uintptr{e.record.PC}).Next()
	return frame
}

// placeholder matches "%%" and "%(attribute)" with printf flags, width and a
// conversion; other uses of % are errors, as they are in Python.
var placeholder = regexp.MustCompile(`%%|%\((\w*)\)(-?)(\d{0,3})([sdf])|%`)

// segment is literal text, or an attribute padded to a width.
type segment struct {
	literal string
	value   func(entry) string
	width   int    // negative pads on the right
	pad     string // what fills the width, a space or a zero
}

// parseFormat splits a Python logging format into segments.
func parseFormat(format string) ([]segment, error) {
	var out []segment
	end := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(format, -1) {
		out = append(out, segment{literal: format[end:m[0]]})
		end = m[1]
		switch format[m[0]:m[1]] {
		case "%%":
			out = append(out, segment{literal: "%"})
		case "%":
			return nil, fmt.Errorf(`"%%" at offset %d begins no placeholder; write %%(attribute)s, or %%%% for a percent sign`, m[0])
		default:
			name := format[m[2]:m[3]]
			value, ok := attributes[name]
			if !ok {
				return nil, fmt.Errorf("unknown attribute %q; use one of %s", name, strings.Join(attributeNames(), ", "))
			}
			flag, digits, conversion := format[m[4]:m[5]], format[m[6]:m[7]], format[m[8]:m[9]]
			// The pattern holds at most three digits, so no overflow.
			width, _ := strconv.Atoi(flag + "0" + digits)
			pad := " "
			if flag == "" && conversion != "s" && strings.HasPrefix(digits, "0") {
				pad = "0"
			}
			out = append(out, segment{value: value, width: width, pad: pad})
		}
	}
	return append(out, segment{literal: format[end:]}), nil
}

func attributeNames() []string {
	names := make([]string, 0, len(attributes))
	for n := range attributes {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
