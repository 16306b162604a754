package regular_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seed-74198975/rsclip/internal/regular"
)

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("small"), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("one more"), []byte("0123456789a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("sparse"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path("sparse"), 1<<40); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", path("link")); err != nil {
		t.Fatal(err)
	}
	if data, err := regular.Read(path("small"), 10); err != nil || string(data) != "0123456789" {
		t.Errorf("a small file: %q, %v", data, err)
	}
	for name, want := range map[string]string{"one more": "has more than 10 bytes", "sparse": "has more than 10 bytes", "pipe": "is not a regular file", "link": "is not a regular file", ".": "is a directory"} {
		if _, err := regular.Read(path(name), 10); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if _, err := regular.Read(path("nothing"), 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestMap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("whole"), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("empty"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	data, err := regular.Map(path("whole"), 10)
	if err != nil || string(data) != "0123456789" {
		t.Fatalf("a whole file: %q, %v", data, err)
	}
	if err := unix.Munmap(data); err != nil {
		t.Error(err)
	}
	for name, least := range map[string]int64{"whole": 11, "empty": 1} {
		if data, err := regular.Map(path(name), least); err != nil || data != nil {
			t.Errorf("%s, of %d bytes at least: %q, %v", name, least, data, err)
		}
	}
	if _, err := regular.Map(path("pipe"), 1); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("a pipe: %v", err)
	}
}
