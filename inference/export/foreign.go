package export

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/seed-74198975/rsclip/inference/family"
)

// refuseForeign refuses a folder that another program has written.
func refuseForeign(dir string) error {
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	for _, f := range family.ForeignFiles {
		if has(f.Name) && (!f.Alone || !has(configFile)) {
			return fmt.Errorf("reading checkpoint: %s: %w", dir, f)
		}
	}
	return nil
}
