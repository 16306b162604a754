package modelfolder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
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

// TestEnsureTakesTurns lets several make one folder at the same time.
func TestEnsureTakesTurns(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what waits for seconds")
	}
	dir := filepath.Join(t.TempDir(), "model")
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	var made, waited atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			progress := func(line string) {
				if strings.Contains(line, "waiting") {
					waited.Add(1)
				}
			}
			if err := Ensure(ctx, dir, anyModel, progress, func() error {
				made.Add(1)
				for start := time.Now(); waited.Load() < 3 && time.Since(start) < 40*time.Second; { // The others must have come meanwhile.
					time.Sleep(time.Millisecond)
				}
				time.Sleep(2 * time.Second) // They say so once.
				return wholefolder.Publish(dir, write)
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 || waited.Load() != 3 {
		t.Errorf("made %d times while %d waited, want 1 and 3", made.Load(), waited.Load())
	}
}

func TestEnsureStopsWaiting(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "model")
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	err := Ensure(t.Context(), dir, anyModel, func(string) {}, func() error {
		return Ensure(ctx, dir, anyModel, func(string) { cancel() }, func() error { return errors.New("made twice") })
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// TestEnsureNeedsAPlace has a file, or a folder, where another must be.
func TestEnsureNeedsAPlace(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(parent, "file"), nil, 0o600), os.Mkdir(filepath.Join(parent, ".model.lock"), 0o755)); err != nil {
		t.Fatal(err)
	}
	for want, place := range map[string]struct {
		dir   string
		cause error
	}{
		"making the folder's place":  {filepath.Join(parent, "file", "model"), syscall.ENOTDIR},
		"locking the folder's place": {filepath.Join(parent, "model"), syscall.EISDIR},
	} {
		err := Ensure(t.Context(), place.dir, anyModel, func(string) {}, func() error { return errors.New("made") })
		if !errors.Is(err, place.cause) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q and %q", err, want, place.cause)
		}
	}
}

// TestEnsureAnswersWhatMakeDoes fails to make a folder, and gives up before it.
func TestEnsureAnswersWhatMakeDoes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "model")
	failure := errors.New("no network")
	if err := Ensure(t.Context(), dir, anyModel, func(string) {}, func() error { return failure }); !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Ensure(ctx, dir, anyModel, func(string) {}, func() error { return errors.New("made, for nobody") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
