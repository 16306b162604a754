package wholefolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func write(dir string) error { return os.WriteFile(filepath.Join(dir, "whole"), nil, 0o600) }

// entries are the names in a folder, hidden ones too.
func entries(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestPublishReplacesAFolder(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "new")
	out := filepath.Join(parent, "model")
	for _, name := range []string{"first", "second"} {
		err := Publish(out, func(dir string) error {
			if there := entries(t, dir); len(there) != 0 {
				t.Errorf("the folder to fill has %v", there)
			}
			return os.WriteFile(filepath.Join(dir, name), nil, 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := entries(t, out); !slices.Equal(got, []string{name}) {
			t.Errorf("the folder has %v, want %s alone", got, name)
		}
		if got := entries(t, parent); !slices.Equal(got, []string{"model"}) {
			t.Errorf("beside the model there is %v", got)
		}
		info, err := os.Stat(out)
		if err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("%v, %v: others must be able to read the folder", info.Mode(), err)
		}
	}
}

// TestAFolderThatIsNotCompleteNeverAppears fails to write it, with and without
// a folder in its place.
func TestAFolderThatIsNotCompleteNeverAppears(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	out := filepath.Join(parent, "model")
	failure := errors.New("the disk is full")
	fail := func(dir string) error {
		return errors.Join(os.WriteFile(filepath.Join(dir, "half"), nil, 0o600), failure)
	}
	if err := Publish(out, fail); !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
	if got := entries(t, parent); len(got) != 0 {
		t.Errorf("what failed left %v", got)
	}
	if err := Publish(out, write); err != nil {
		t.Fatal(err)
	}
	if err := Publish(out, fail); !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
	if got := entries(t, out); !slices.Equal(got, []string{"whole"}) {
		t.Errorf("the folder that was there has %v", got)
	}
	if got := entries(t, parent); !slices.Equal(got, []string{"model"}) {
		t.Errorf("beside the model there is %v", got)
	}
}

// TestPublishNeedsAPlace has a file where a folder must be.
func TestPublishNeedsAPlace(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	file := filepath.Join(parent, "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{filepath.Join(file, "model"), filepath.Join(parent, strings.Repeat("x", 250))} {
		if err := Publish(out, func(dir string) error { t.Errorf("asked to fill the folder %q", dir); return nil }); err == nil {
			t.Errorf("%s was published", out)
		}
	}
	if err := Publish(file, write); err == nil {
		t.Error("a folder was published in the place of a file")
	}
	if got := entries(t, parent); !slices.Equal(got, []string{"file"}) {
		t.Errorf("what failed left %v", got)
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "mine" {
		t.Errorf("the file that was there has %q, %v", data, err)
	}
}

// TestAFolderThatIsGoneIsNotPut has what is written be removed meanwhile.
func TestAFolderThatIsGoneIsNotPut(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "model")
	if err := Publish(out, write); err != nil {
		t.Fatal(err)
	}
	if err := Publish(out, os.RemoveAll); err == nil {
		t.Error("nothing was published, without an error")
	}
	if got := entries(t, out); !slices.Equal(got, []string{"whole"}) {
		t.Errorf("the folder that was there has %v", got)
	}
}

// TestReadersFindAFolder has four writers publish again and again what four readers
// look for: it is there at any time, all of one writer, and nothing else is left.
func TestReadersFindAFolder(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	out := filepath.Join(parent, "model")
	names := []string{"a", "b", "c"}
	publish := func(what string) error {
		return Publish(out, func(dir string) (err error) {
			for _, name := range names {
				err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(what), 0o600))
			}
			return err
		})
	}
	if err := publish("first"); err != nil {
		t.Fatal(err)
	}
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				// As a server does that has found where its folder is.
				root, err := os.OpenRoot(out)
				if err != nil {
					t.Errorf("the folder is not there: %v", err)
					return
				}
				seen := map[string]bool{}
				for _, name := range names {
					// What was replaced meanwhile is removed, and no other's.
					if data, err := root.ReadFile(name); err == nil {
						seen[string(data)] = true
					}
				}
				_ = root.Close()
				if len(seen) > 1 {
					t.Errorf("a folder has files of several writers: %v", seen)
				}
			}
		})
	}
	for writer := range 4 {
		writers.Go(func() {
			for n := range 50 {
				if err := publish(fmt.Sprintf("writer %d, %d", writer, n)); err != nil {
					t.Errorf("writer %d: %v", writer, err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	if got := entries(t, parent); !slices.Equal(got, []string{"model"}) {
		t.Errorf("beside the model there is %v", got)
	}
}

// TestReplaceWithoutExchange has a filesystem that cannot exchange names, on which
// another program has removed a folder by then, or not.
func TestReplaceWithoutExchange(t *testing.T) {
	t.Parallel()
	for removed, want := range map[string]struct {
		err  error
		left []string
	}{
		"":     {nil, []string{"out"}},
		"out":  {fs.ErrNotExist, []string{"work"}},
		"work": {fs.ErrNotExist, nil},
	} {
		parent := t.TempDir()
		work, out := filepath.Join(parent, "work"), filepath.Join(parent, "out")
		for _, dir := range []string{work, out} {
			if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, filepath.Base(dir)), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		err := replace(work, out, func(string, string) error {
			if removed != "" {
				_ = os.RemoveAll(filepath.Join(parent, removed))
			}
			return errors.ErrUnsupported
		})
		if !errors.Is(err, want.err) {
			t.Errorf("without %q: got %v, want %v", removed, err, want.err)
		}
		if got := entries(t, parent); !slices.Equal(got, want.left) {
			t.Errorf("without %q: left %v, want %v", removed, got, want.left)
		}
		if removed == "" && !slices.Equal(entries(t, out), []string{"work"}) {
			t.Errorf("the folder has %v", entries(t, out))
		}
	}
}

func TestExchangeNeedsBoth(t *testing.T) {
	t.Parallel()
	if err := exchange(t.TempDir(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}
