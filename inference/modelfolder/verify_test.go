package modelfolder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// folder is a sound model folder.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestVerifyAndCheckSizes changes the one file of a folder.
func TestVerifyAndCheckSizes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change       func(file string) error
		verify, size string // errors; none when empty
	}{
		"nothing":     {func(string) error { return nil }, "", ""},
		"cut off":     {func(f string) error { return os.Truncate(f, 2) }, "has 2 bytes", "has 2 bytes, rsclip.json says 3"},
		"longer":      {func(f string) error { return os.WriteFile(f, []byte("abc\n"), 0o600) }, "has 4 bytes", "has 4 bytes"},
		"other bytes": {func(f string) error { return os.WriteFile(f, []byte("abd"), 0o600) }, "damaged or foreign", ""},
		"gone":        {os.Remove, "hashing", "checking the model folder"},
		// It is opened, and reading it fails.
		"a folder": {func(f string) error { return errors.Join(os.Remove(f), os.Mkdir(f, 0o755)) }, "hashing spiece.model", "has "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			if err := tt.change(filepath.Join(dir, "spiece.model")); err != nil {
				t.Fatal(err)
			}
			for check, got := range map[string]struct {
				err  error
				want string
			}{"Verify": {Verify(t.Context(), dir), tt.verify}, "CheckSizes": {CheckSizes(dir, sound()), tt.size}} {
				if (got.err == nil) != (got.want == "") || got.err != nil && !strings.Contains(got.err.Error(), got.want) {
					t.Errorf("%s: got %v, want %q", check, got.err, got.want)
				}
			}
		})
	}
}

// TestReadErrorsAreNotHashes reads a folder as if it were a file.
func TestReadErrorsAreNotHashes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if got, err := Pin(t.Context(), filepath.Dir(dir), filepath.Base(dir)); !errors.Is(err, syscall.EISDIR) || got != (File{}) {
		t.Errorf("got %+v, %v, want no hash and %v", got, err, syscall.EISDIR)
	}
	if got, err := Pin(t.Context(), dir, "gone"); !errors.Is(err, os.ErrNotExist) || got != (File{}) {
		t.Errorf("got %+v, %v, want no hash and %v", got, err, os.ErrNotExist)
	}
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Verify(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify: got %v, want %v", err, context.Canceled)
	}
	if got, err := Pin(ctx, dir, "spiece.model"); !errors.Is(err, context.Canceled) || got != (File{}) {
		t.Errorf("Pin: got %+v, %v, want %v", got, err, context.Canceled)
	}
}

func TestVerifyNeedsMetadata(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	metadata := filepath.Join(dir, MetadataFile)
	for _, step := range []struct {
		change func() error
		want   string
	}{
		{func() error { return os.WriteFile(metadata, []byte("{"), 0o600) }, "unexpected end"},
		{func() error { return os.Remove(metadata) }, "make the folder with `rsclip export`"},
		{func() error { return os.Mkdir(metadata, 0o755) }, "is a directory"},
	} {
		if err := step.change(); err != nil {
			t.Fatal(err)
		}
		if err := Verify(t.Context(), dir); err == nil || !strings.Contains(err.Error(), step.want) {
			t.Errorf("got %v, want an error with %q", err, step.want)
		}
	}
}

// TestFilesAreClosed looks for what is open once all has been read.
func TestFilesAreClosed(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := Verify(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	const open = "/proc/self/fd"
	descriptors, err := os.ReadDir(open)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range descriptors {
		if file, _ := os.Readlink(filepath.Join(open, d.Name())); strings.HasPrefix(file, dir) {
			t.Errorf("%s is still open", file)
		}
	}
}
