package indexing

import (
	"os"
	"path/filepath"
	"strings"
)

// Distinct returns sources without those that are named again: the first of a path or
// an address stays, with what its item says. A path is the same in all its forms, such
// as a/b.tif and ./a/b.tif, and by links. It also learns how large files are.
func Distinct(sources []Source) []Source {
	folders, seen := map[string]string{}, make(map[string]bool, len(sources))
	var out []Source
	for _, s := range sources {
		name := s.Name
		if !isAddress(name) {
			name, s.Size = realPath(name, folders)
		}
		if !seen[name] {
			seen[name] = true
			out = append(out, s)
		}
	}
	return out
}

// realPath returns a file's path without links, and its size, 0 if it cannot be told.
// Folders are looked up once.
func realPath(name string, folders map[string]string) (path string, size int64) {
	name, err := filepath.Abs(name)
	if err != nil {
		return name, 0
	}
	folder, file := filepath.Split(name)
	real, known := folders[folder]
	if !known {
		if real, err = filepath.EvalSymlinks(folder); err != nil {
			real = folder
		}
		folders[folder] = real
	}
	path = filepath.Join(real, file)
	stat, err := os.Lstat(path)
	if err == nil && stat.Mode()&os.ModeSymlink != 0 {
		if real, err = filepath.EvalSymlinks(path); err == nil {
			path = real
			stat, err = os.Stat(path)
		}
	}
	if err != nil {
		return path, 0
	}
	return path, stat.Size()
}

// isAddress tells addresses from paths.
func isAddress(name string) bool {
	scheme, _, found := strings.Cut(name, "://")
	return found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}
