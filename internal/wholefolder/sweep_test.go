package wholefolder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSweepTouchesNothingElse has names that are alike.
func TestSweepTouchesNothingElse(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	for _, name := range []string{".model.partial-1", ".model2.partial-1", "model", ".model.lock"} {
		if err := os.Mkdir(filepath.Join(parent, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweep(parent, partialOf("any/model")); err != nil {
		t.Fatal(err)
	}
	var left []string
	list, err := os.ReadDir(parent)
	for _, e := range list {
		left = append(left, e.Name())
	}
	if got := strings.Join(left, " "); got != ".model.lock .model2.partial-1 model" || err != nil {
		t.Errorf("what is left is %s, %v", got, err)
	}
	if err := sweep(filepath.Join(parent, "gone"), "x"); err == nil {
		t.Error("a folder that is not there was swept")
	}
}
