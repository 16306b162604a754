package model

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
)

// LibraryEnv names the environment variable that holds the path of
// libonnxruntime if it is in none of the places of [Library].
const LibraryEnv = "ONNXRUNTIME_LIB"

const (
	libraryName = "libonnxruntime.so.1"
	// inTree is where `make setup` puts the library in the tree of the sources.
	inTree = ".build/onnxruntime/lib/" + libraryName
)

// systemLibraries are where the system's own packages put it.
var systemLibraries = []string{"/usr/local/lib/" + libraryName, "/usr/lib/x86_64-linux-gnu/" + libraryName}

// Library returns the path of libonnxruntime. It is the first of:
//
//   - what [LibraryEnv] says
//   - ../lib beside the program's folder, as in the image
//   - the program's own folder
//   - .build/onnxruntime/lib of the tree of the sources that the program lies in
//   - the same of the tree that the working folder lies in, for what `go run` and
//     `go test` have built, which lies in a folder of theirs
//   - the system's folders
//
// A library runs with all that the program may do. So but for the first, one is
// refused that someone else could have put there: the file and the folders above
// it must belong to root, to the user, or to the program's owner, and not be
// open to everyone.
func Library() (string, error) {
	if path := os.Getenv(LibraryEnv); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("loading ONNX Runtime from %s: %w", LibraryEnv, err)
		}
		return path, nil
	}
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("looking for ONNX Runtime: %w", err)
	}
	workingFolder, err := os.Getwd()
	if err != nil {
		workingFolder = "" // It has been removed, say.
	}
	return findLibrary(program, workingFolder)
}

// ofGo are the places of programs that `go run` and `go test` build, and of those
// that `go run` keeps in its cache.
var ofGo = regexp.MustCompile(`/go-build[0-9]+/b[0-9]+/|/[0-9a-f]{2}/[0-9a-f]{64}-d/[^/]+$`)

func findLibrary(program, workingFolder string) (string, error) {
	folder := filepath.Dir(program)
	places := []string{filepath.Join(folder, "..", "lib", libraryName), filepath.Join(folder, libraryName)}
	if root := treeOf(folder); root != "" {
		places = append(places, filepath.Join(root, inTree))
	}
	if root := treeOf(workingFolder); root != "" && ofGo.MatchString(program) {
		places = append(places, filepath.Join(root, inTree))
	}
	places = append(places, systemLibraries...)
	for _, place := range places {
		err := trusted(place, program)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("looking for ONNX Runtime: %w; if it is right, set %s to its path", err, LibraryEnv)
		}
		return place, nil
	}
	return "", fmt.Errorf("looking for ONNX Runtime: %s is in none of %q; set %s to its path", libraryName, places, LibraryEnv)
}

// treeOf returns the root of the sources' tree that a folder lies in, or "".
func treeOf(folder string) string {
	for ; folder != ""; folder = filepath.Dir(folder) {
		module, err := os.ReadFile(filepath.Join(folder, "go.mod"))
		if err == nil && bytes.HasPrefix(module, []byte("module github.com/seed-74198975/rsclip\n")) {
			return folder
		}
		if folder == filepath.Dir(folder) {
			return ""
		}
	}
	return ""
}

// trusted says why a file could be another user's work, if it could.
func trusted(path, program string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	// The owner of / is root, by whatever number a container knows it.
	users := []uint32{uint32(os.Geteuid())} //nolint:gosec // A user's number is one.
	for _, of := range []string{"/", program} {
		if info, err := os.Stat(of); err == nil {
			users = append(users, ownerOf(info))
		}
	}
	for {
		info, err := os.Stat(real)
		switch {
		case err != nil:
			return err
		case !slices.Contains(users, ownerOf(info)):
			return fmt.Errorf("%s is not loaded, since %s belongs to another user", path, real)
		case info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0:
			return fmt.Errorf("%s is not loaded, since everyone may write %s", path, real)
		case real == filepath.Dir(real):
			return nil
		}
		real = filepath.Dir(real)
	}
}

func ownerOf(info fs.FileInfo) uint32 {
	return info.Sys().(*syscall.Stat_t).Uid
}
