// Package standins makes libraries that stand in for CUDA's, so that ONNX
// Runtime's real CUDA provider loads and runs on a machine without a GPU. Device
// memory is the host's, kernels do nothing, and what is asked for is counted:
// placement, copies, launches and synchronisations are real, scores and speed are
// not.
//
// They read these variables of the environment:
//
//   - STANDIN_LOG: a file that gets a line for each call, such as "launch 0" or
//     "copy-to-device 1024", whose number is of bytes.
//   - STANDIN_WIDTH: the size of embeddings. What is copied to the host is then
//     made of vectors of length 1, as a warm-up wants them.
//   - STANDIN_DEVICES: the number of GPUs. Default 1.
//   - STANDIN_RUN_MICROSECONDS: how long a run takes, in which nothing is computed.
//     Default 0.
//   - STANDIN_HOLD: a file. As long as it is there, no run ends.
//   - STANDIN_FAULT: a file. Once it is there, every synchronisation fails, as after
//     a kernel's illegal access, until the process ends.
package standins

import (
	"context"
	"debug/elf"
	"embed"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed c/*.c
var sources embed.FS

// written are the sources of what a library must do beside counting.
var written = map[string]string{"libcudart.so.12": "cudart.c", "libcublas.so.12": "cublas.c", "libcudnn.so.9": "cudnn.c", nvml: "nvml.c"}

const (
	runtime = "libcudart.so.12"
	nvml    = "libnvidia-ml.so.1" // of the driver, which the server loads itself
)

// Installed is where `make .build/cuda/installed` puts, below the repository's root,
// ONNX Runtime's build for CUDA in the folder onnxruntime, and in the folder closure
// CUDA's own libraries.
const Installed = ".build/cuda"

// Build writes to the folder out a library for each of CUDA's that the provider
// needs, with the functions that it imports, and one for the driver's NVML. It needs
// gcc.
func Build(ctx context.Context, provider, out string) error {
	libraries, err := imports(provider)
	if err != nil {
		return fmt.Errorf("reading what %s imports: %w", provider, err)
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	libraries[nvml] = nil
	// The others are linked to the runtime, which counts.
	names := slices.Sorted(maps.Keys(libraries))
	slices.SortStableFunc(names, func(a, b string) int { return first(b) - first(a) })
	for _, name := range names {
		if err := build(ctx, out, name, libraries[name]); err != nil {
			return fmt.Errorf("making a stand-in for %s: %w", name, err)
		}
	}
	return nil
}

func first(name string) int {
	if name == runtime {
		return 1
	}
	return 0
}

// imports returns CUDA's libraries that an ELF file needs, with the functions
// that it takes from each.
func imports(path string) (map[string][]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	libraries := make(map[string][]string)
	needed, err := f.ImportedLibraries()
	if err != nil {
		return nil, err
	}
	for _, library := range needed {
		if strings.HasPrefix(library, "libcu") {
			libraries[library] = nil
		}
	}
	symbols, err := f.ImportedSymbols()
	if err != nil {
		return nil, err
	}
	for _, s := range symbols {
		if _, ok := libraries[s.Library]; ok {
			libraries[s.Library] = append(libraries[s.Library], s.Name)
		}
	}
	return libraries, nil
}

// build compiles one library. What is written for it takes the place of what is
// generated, which is weak.
func build(ctx context.Context, out, name string, functions []string) error {
	work, err := os.MkdirTemp(out, ".build-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	var generated strings.Builder
	generated.WriteString("#include <stddef.h>\nvoid standin_note(const char *, size_t);\n")
	for _, function := range functions {
		fmt.Fprintf(&generated, "__attribute__((weak)) int %[1]s() { standin_note(\"%[1]s\", 0); return 0; }\n", function)
	}
	files := map[string]string{
		"generated.c": generated.String(),
		// Programs ask for a function with its library's version, whose name has no dash.
		"versions": strings.ReplaceAll(name, "-", "_") + " { global: *; };\n",
	}
	arguments := []string{"-O1", "-w", "-fno-builtin", "-shared", "-fPIC", "-Wl,-soname," + name, "-Wl,--version-script=versions", "-o", filepath.Join(out, name), "generated.c"}
	if source, ok := written[name]; ok {
		data, err := sources.ReadFile("c/" + source)
		if err != nil {
			return err
		}
		files[source] = string(data)
		arguments = append(arguments, source)
	}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(work, file), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if name != runtime {
		arguments = append(arguments, filepath.Join(out, runtime))
	}
	gcc := exec.CommandContext(ctx, "gcc", append(arguments, "-lm", "-lpthread")...) //nolint:gosec // Names of files of ours, and of libraries of ONNX Runtime's.
	gcc.Dir = work
	if text, err := gcc.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	return nil
}
