package logging_test

import (
	"errors"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/logging"
)

func TestPythonFormat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, format string
		log          func(*slog.Logger)
		want         string // a regular expression for the whole output
	}{
		{
			"the published format", "%(asctime)s - %(name)s - %(levelname)s - %(message)s",
			func(l *slog.Logger) { l.Info("ready", "port", 8080) },
			`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - rsclip - INFO - ready port=8080\n$`,
		},
		{
			"width, padding and percent", "[%(levelname)-8s|%(name)8s|%(msecs)03d] 100%% %(message)s",
			func(l *slog.Logger) { l.Warn("slow") },
			`^\[WARNING |  rsclip|\d{3}\] 100% slow\n$`,
		},
		{
			"source of the call", "%(filename)s:%(lineno)d %(levelno)s %(message)s",
			func(l *slog.Logger) { l.Error("failed", "err", errors.New("no such file")) },
			`^logging_test\.go:\d+ 40 failed err="no such file"\n$`,
		},
		{
			"a value cannot forge a line", "%(message)s",
			func(l *slog.Logger) { l.Info("a\nb", "text", "x\n2026 - root - INFO - forged") },
			`^a\\nb text="x\\n2026 - root - INFO - forged"\n$`,
		},
		{
			"groups and carried attributes", "%(message)s",
			func(l *slog.Logger) {
				l.With("id", "7").WithGroup("http").Info("done", "status", 200, slog.Group("in", "bytes", 3))
			},
			`^done id=7 http\.status=200 http\.in\.bytes=3\n$`,
		},
		{
			"below the level", "%(message)s",
			func(l *slog.Logger) { l.Debug("hidden") },
			`^$`,
		},
		{"json", "json", func(l *slog.Logger) { l.Info("m", "k", 1) }, `^\{"time":.*"msg":"m","k":1\}\n$`},
		{
			"json with a duration and an address", "json",
			func(l *slog.Logger) {
				l.Info("m", "delay", 5500*time.Millisecond, "address", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}, slog.Group("g", "took", time.Second))
			},
			`"msg":"m","delay_seconds":5\.5,"address":"127\.0\.0\.1:80","g":\{"took_seconds":1\}\}\n$`,
		},
		{"text", "text", func(l *slog.Logger) { l.Info("m", "k", 1) }, `^time=.* msg=m k=1\n$`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			l, err := logging.New(&out, "rsclip", "INFO", tt.format)
			if err != nil {
				t.Fatal(err)
			}
			tt.log(l)
			if !regexp.MustCompile(tt.want).MatchString(out.String()) {
				t.Errorf("got %q, want a match of %s", out.String(), tt.want)
			}
		})
	}
}

func TestRefusedFormatsAndLevels(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"%(asctme)s":   `unknown attribute "asctme"`,
		"100% %(name)": `"%" at offset 3 begins no placeholder`,
		"%s":           `"%" at offset 0 begins no placeholder`,
	} {
		if err := logging.CheckFormat(format); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("CheckFormat(%q) = %v, want an error with %q", format, err, want)
		}
	}
	if _, err := logging.ParseLevel("LOUD"); err == nil || !strings.Contains(err.Error(), "DEBUG, INFO, WARNING, ERROR, CRITICAL") {
		t.Errorf("ParseLevel(LOUD) = %v, want an error that lists the levels", err)
	}
	for name, want := range map[string]slog.Level{"debug": slog.LevelDebug, "WARN": slog.LevelWarn, "CRITICAL": logging.LevelCritical} {
		if got, err := logging.ParseLevel(name); err != nil || got != want {
			t.Errorf("ParseLevel(%q) = %v, %v, want %v", name, got, err, want)
		}
	}
}

func FuzzCheckFormat(f *testing.F) {
	f.Add("%(asctime)s - %(name)s - %(levelname)s - %(message)s")
	f.Add("%(msecs)03d %%")
	f.Add("%(x")
	f.Fuzz(func(t *testing.T, format string) {
		l, err := logging.New(&strings.Builder{}, "rsclip", "INFO", format)
		if (err == nil) != (logging.CheckFormat(format) == nil) {
			t.Fatalf("New and CheckFormat disagree on %q", format)
		}
		if err == nil {
			l.Info("message", "key", "value")
		}
	})
}
