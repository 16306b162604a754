package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// checkFiles refuses a folder, which a stranger may have packed, where a file is
// a link that leads out of it or is no plain file: what it leads to would become
// a part of the model folder. Links within are as good as files, as is a snapshot of
// Hugging Face's cache, whose files are links to others of the same model.
func checkFiles(dir string) error {
	root, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // Whoever looks for its files says so better.
	}
	if err != nil {
		return err
	}
	if filepath.Base(filepath.Dir(root)) == "snapshots" {
		root = filepath.Dir(filepath.Dir(root))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if e.Type() == fs.ModeSymlink {
			target, err := filepath.EvalSymlinks(path)
			if err != nil {
				return err
			}
			if within, err := filepath.Rel(root, target); err != nil || !filepath.IsLocal(within) {
				return fmt.Errorf("%s is a link that leads out of the folder: copy the file itself there", path)
			}
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if mode := info.Mode(); !mode.IsRegular() && !mode.IsDir() {
			return fmt.Errorf("%s is no plain file (%s): take it out of the folder", path, mode.Type())
		}
	}
	return nil
}
