package logging

import (
	"fmt"
	"log/slog"
	"strings"
)

// LevelCritical is Python's CRITICAL, above slog's ERROR.
const LevelCritical = slog.LevelError + 4

// levels pairs Python's level names and numbers with slog's, lowest first.
var levels = []struct {
	name   string
	number int
	level  slog.Level
}{
	{"DEBUG", 10, slog.LevelDebug},
	{"INFO", 20, slog.LevelInfo},
	{"WARNING", 30, slog.LevelWarn},
	{"ERROR", 40, slog.LevelError},
	{"CRITICAL", 50, LevelCritical},
}

// Levels lists the level names that [ParseLevel] takes, lowest first.
func Levels() []string {
	names := make([]string, len(levels))
	for i, l := range levels {
		names[i] = l.name
	}
	return names
}

// ParseLevel returns the level of one of Python's level names, in any case;
// WARN is WARNING, as in Python.
func ParseLevel(name string) (slog.Level, error) {
	upper := strings.ToUpper(name)
	if upper == "WARN" {
		upper = "WARNING"
	}
	for _, l := range levels {
		if l.name == upper {
			return l.level, nil
		}
	}
	return 0, fmt.Errorf("unknown log level %q; use one of %s", name, strings.Join(Levels(), ", "))
}

func levelName(level slog.Level) string { return levels[levelIndex(level)].name }

func levelNumber(level slog.Level) int { return levels[levelIndex(level)].number }

// levelIndex finds the highest named level that is not above level.
func levelIndex(level slog.Level) int {
	i := len(levels) - 1
	for i > 0 && levels[i].level > level {
		i--
	}
	return i
}
