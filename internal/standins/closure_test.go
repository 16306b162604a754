package standins_test

import (
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// installed is where `make .build/cuda/installed` puts ONNX Runtime's build for
// CUDA and CUDA's own libraries.
const installed = "../../.build/cuda"

func needCUDA(t testing.TB) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(installed, "installed")); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no CUDA libraries: `make .build/cuda/installed` fetches them, 1.7 GB")
	}
}

// system are the libraries of Ubuntu 24.04, which the image's base is made of, and
// the newest version of each that its functions have. Source: its packages libc6
// 2.39 and libstdc++6 14.
var system = map[string]string{
	"libc.so.6": "GLIBC_2.39", "libm.so.6": "GLIBC_2.39", "libdl.so.2": "GLIBC_2.39", "librt.so.1": "GLIBC_2.39", "libpthread.so.0": "GLIBC_2.39",
	"ld-linux-x86-64.so.2": "GLIBC_2.39", "libstdc++.so.6": "GLIBCXX_3.4.33", "libgcc_s.so.1": "GCC_14.0.0",
}

// TestTheImagesLibrariesAreWhole follows what each library of the CUDA image
// needs, and finds every function in the library that should have it.
func TestTheImagesLibrariesAreWhole(t *testing.T) {
	t.Parallel()
	needCUDA(t)
	for root, want := range map[string][]string{
		"libonnxruntime.so.1":                nil,
		"libonnxruntime_providers_shared.so": nil,
		"libonnxruntime_providers_cuda.so":   nil,
		// That these are not in the image is what docs/gpu.md says.
		"libonnxruntime_providers_tensorrt.so": {"libnvinfer.so.10", "libnvonnxparser.so.10"},
	} {
		t.Run(root, func(t *testing.T) {
			t.Parallel()
			if missing := missing(t, root); !slices.Equal(missing, want) {
				t.Errorf("%s lacks %q, want %q", root, missing, want)
			}
		})
	}
}

// missing returns the libraries and functions that a library and those that it
// needs are without, sorted.
func missing(t *testing.T, root string) (missing []string) {
	t.Helper()
	exports := map[string]map[string]bool{}
	queue := []string{root}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		f, err := find(name)
		if errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, name)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		needed, err := f.ImportedLibraries()
		if err != nil {
			t.Fatal(err)
		}
		for _, library := range needed {
			if _, ok := exports[library]; !ok && system[library] == "" {
				exports[library] = exported(t, library)
				queue = append(queue, library)
			}
		}
		symbols, err := f.ImportedSymbols()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range symbols {
			if newest, ok := system[s.Library]; ok {
				if newer(s.Version, newest) {
					missing = append(missing, name+" needs "+s.Name+"@"+s.Version)
				}
			} else if have := exports[s.Library]; have != nil && !have[s.Name] {
				missing = append(missing, name+" needs "+s.Name+" of "+s.Library)
			}
		}
		_ = f.Close()
	}
	slices.Sort(missing)
	return missing
}

// find opens a library of the image.
func find(name string) (*elf.File, error) {
	for _, folder := range []string{"onnxruntime", "closure"} {
		if f, err := elf.Open(filepath.Join(installed, folder, name)); !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, fs.ErrNotExist
}

// exported returns the functions that a library has, nil if it is not there.
func exported(t *testing.T, name string) map[string]bool {
	t.Helper()
	f, err := find(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			have[s.Name] = true
		}
	}
	return have
}

// newer compares versions such as GLIBC_2.34 of one family; those of others are
// of no age.
func newer(version, than string) bool {
	family, numbers, _ := strings.Cut(version, "_")
	thanFamily, thanNumbers, _ := strings.Cut(than, "_")
	return family == thanFamily && slices.Compare(parts(numbers), parts(thanNumbers)) > 0
}

func parts(version string) (numbers []int) {
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil // GLIBC_PRIVATE
		}
		numbers = append(numbers, n)
	}
	return numbers
}
