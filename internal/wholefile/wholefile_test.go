package wholefile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/internal/wholefile"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	for _, content := range []string{"once", "again"} {
		if err := wholefile.Write(path, func(w io.Writer) error { _, err := io.WriteString(w, content); return err }); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); string(got) != content || err != nil {
			t.Errorf("it has %q, %v", got, err)
		}
	}
	failure := errors.New("no more")
	if err := wholefile.Write(path, func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return failure }); !errors.Is(err, failure) {
		t.Errorf("%v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "again" {
		t.Errorf("a file that failed has become %q", got)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("there are %d files", len(files))
	}
}

// TestErrorsNameTheFile fails in each way, and wants the name that was asked for.
func TestErrorsNameTheFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	taken := filepath.Join(folder, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "by a folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	nothing := func(io.Writer) error { return nil }
	for path, want := range map[string]error{filepath.Join(folder, "gone", "file"): fs.ErrNotExist, taken: fs.ErrExist} {
		if err := wholefile.Write(path, nothing); !errors.Is(err, want) || !strings.HasPrefix(err.Error(), "writing "+path+": ") || strings.Contains(err.Error(), ".writing-") {
			t.Errorf("%s: %v", path, err)
		}
	}
	f, err := wholefile.Create(filepath.Join(folder, "file"))
	if err != nil {
		t.Fatal(err)
	}
	f.Discard()
	if _, err := f.Write([]byte("x")); err == nil || strings.Contains(err.Error(), ".writing-") || !strings.Contains(err.Error(), "file: ") {
		t.Errorf("after it was discarded: %v", err)
	}
	if err := f.Publish(); err == nil || strings.Contains(err.Error(), ".writing-") {
		t.Errorf("after it was discarded: %v", err)
	}
}
