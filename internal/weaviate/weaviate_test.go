package weaviate

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestAlone has a test hold what another process would need, until it ends.
func TestAlone(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	free := func() bool {
		f, err := os.OpenFile(filepath.Join(os.TempDir(), "rsclip-weaviate.lock"), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
	}
	t.Run("holder", func(t *testing.T) {
		alone(t)
		if free() {
			t.Error("two tests have the nodes")
		}
	})
	if !free() {
		t.Error("a test that has ended has them still")
	}
}
