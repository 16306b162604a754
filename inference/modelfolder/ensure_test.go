package modelfolder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/internal/wholefolder"
)

func anyModel(*Metadata) error { return nil }

// write fills a folder with a sound model.
func write(dir string) error {
	return errors.Join(os.WriteFile(filepath.Join(dir, "spiece.model"), []byte("abc"), 0o600), Write(dir, sound()))
}

func TestEnsure(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache", "model")
	made := 0
	ensure := func(wanted func(*Metadata) error) (lines string) {
		t.Helper()
		progress := func(line string) { lines += line + "\n" }
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		err := Ensure(ctx, dir, wanted, progress, func() error { made++; return wholefolder.Publish(dir, write) })
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(t.Context(), dir); err != nil {
			t.Error(err)
		}
		return lines
	}
	if lines := ensure(func(m *Metadata) error { return errors.New(m.Name + ": there is none yet") }); made != 1 || lines != "" {
		t.Errorf("at first: made %d times, %q", made, lines)
	}
	if lines := ensure(anyModel); made != 1 || !strings.Contains(lines, "is there, and sound") {
		t.Errorf("again: made %d times, %q", made, lines)
	}
	if err := os.WriteFile(filepath.Join(dir, "spiece.model"), []byte("abd"), 0o600); err != nil {
		t.Fatal(err)
	}
	if lines := ensure(anyModel); made != 2 || !strings.Contains(lines, "damaged or foreign") {
		t.Errorf("damaged: made %d times, %q", made, lines)
	}
	if lines := ensure(func(*Metadata) error { return errors.New("it is another's") }); made != 3 || !strings.Contains(lines, "it is another's; making it anew") {
		t.Errorf("another's: made %d times, %q", made, lines)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(filepath.Dir(dir), ".model.partial-1")
	if err := os.MkdirAll(filepath.Join(left, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	ensure(anyModel)
	if _, err := os.Stat(left); made != 4 || err == nil {
		t.Errorf("what a killed program left: made %d times, %v", made, err)
	}
}
