package server

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// TestKeysAsEditorsSaveThem reads files that look alike on a screen. Of a key that no
// header can carry each call would be refused.
func TestKeysAsEditorsSaveThem(t *testing.T) {
	t.Parallel()
	const one = "a-key-0123456789"
	for _, tt := range []struct{ name, content, refused string }{
		{"with a byte order mark", "\ufeff" + one + "\r\n", ""},
		{"with a byte order mark and a comment", "\ufeff# of the team\n" + one, ""},
		{"with a name", "\ufeffteam: " + one, ""},
		{"in UTF-16", "\xff\xfe" + strings.Join(strings.Split(one, ""), "\x00") + "\x00", "the key in line 1 has a control character"},
		{"with line ends of old", one + "\rtwo-key-0123456789\n", "the key in line 1 has a control character"},
	} {
		path := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		used := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "used"}, []string{"key"})
		k, err := openKeys(path, slog.New(slog.DiscardHandler), used)
		if tt.refused != "" {
			if err == nil || !strings.Contains(err.Error(), tt.refused) || strings.Contains(err.Error(), one) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.refused)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if _, err := k.check("Bearer " + one); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
