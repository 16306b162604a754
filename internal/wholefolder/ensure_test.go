package wholefolder

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
	"testing/synctest"
	"time"
)

// there proves that a folder is whole.
func there(dir string) func(context.Context) error {
	return func(context.Context) error {
		_, err := os.Stat(filepath.Join(dir, "whole"))
		return err
	}
}

// TestEnsure makes a folder that is not there, keeps one that is, makes one anew that
// is not whole, and removes what a killed program has left.
func TestEnsure(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache", "folder")
	partial := filepath.Join(filepath.Dir(dir), partialOf(dir)+"1")
	broken := errors.New("it is another's")
	for _, tt := range []struct {
		name  string
		prove func(context.Context) error
		made  bool
		line  string
	}{
		{"there is none", there(dir), true, ""},
		{"it is there", there(dir), false, dir + ": is there, and sound\n"},
		{"it is not whole", func(context.Context) error { return broken }, true, "it is another's; making it anew\n"},
	} {
		if err := os.MkdirAll(filepath.Join(partial, "x"), 0o755); err != nil {
			t.Fatal(err)
		}
		made, lines := false, ""
		err := Ensure(t.Context(), dir, tt.prove, func(line string) { lines += line + "\n" }, func() error { made = true; return Publish(dir, write) })
		if err != nil || made != tt.made || lines != tt.line {
			t.Errorf("%s: %v, made %v, %q", tt.name, err, made, lines)
		}
		if _, err := os.Stat(partial); made != errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: what a killed program left: %v", tt.name, err)
		}
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
			if err := Ensure(ctx, dir, there(dir), progress, func() error {
				made.Add(1)
				for start := time.Now(); waited.Load() < 3 && time.Since(start) < 40*time.Second; { // The others must have come meanwhile.
					time.Sleep(time.Millisecond)
				}
				time.Sleep(2 * time.Second) // They say so once.
				return Publish(dir, write)
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
	err := Ensure(t.Context(), dir, there(dir), func(string) {}, func() error {
		return Ensure(ctx, dir, there(dir), func(string) { cancel() }, func() error { return errors.New("made twice") })
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
		err := Ensure(t.Context(), place.dir, there(place.dir), func(string) {}, func() error { return errors.New("made") })
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
	if err := Ensure(t.Context(), dir, there(dir), func(string) {}, func() error { return failure }); !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Ensure(ctx, dir, there(dir), func(string) {}, func() error { return errors.New("made, for nobody") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// TestEnsureSaysOnceThatItWaits asks for a lock that another has, for ten seconds of
// a clock that nobody waits for.
func TestEnsureSaysOnceThatItWaits(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "folder")
	synctest.Test(t, func(t *testing.T) {
		began, lines := time.Now(), 0
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		err := Ensure(t.Context(), dir, there(dir), func(string) {}, func() error {
			return Ensure(ctx, dir, there(dir), func(string) { lines++ }, func() error { return errors.New("made twice") })
		})
		if !errors.Is(err, context.DeadlineExceeded) || lines != 1 || time.Since(began) != 10*time.Second {
			t.Errorf("%v after %v, said %d times", err, time.Since(began), lines)
		}
	})
}

// TestEnsureNeedsToSweep has the folder's place removed meanwhile.
func TestEnsureNeedsToSweep(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "place", "folder")
	gone := func(context.Context) error {
		return errors.Join(errors.New("there is none"), os.RemoveAll(filepath.Dir(dir)))
	}
	err := Ensure(t.Context(), dir, gone, func(string) {}, func() error { t.Error("made"); return nil })
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "removing what was left") {
		t.Errorf("got %v", err)
	}
}
