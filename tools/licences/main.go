// Command licences writes the licences of the Go modules that the server is
// linked from: a list, and then every text once, with the modules it covers.
//
//	licences > THIRD_PARTY_LICENSES
package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

const head = `Licences of what the server is made from. Written by ` + "`make licences`" + `: do not edit.

The Go modules that are linked into the program rsclip are listed here. The
image also has ONNX Runtime (MIT), libjpeg-turbo (IJG, BSD-3-Clause and Zlib) and
libwebp (BSD-3-Clause), the certificates of Debian's ca-certificates (MPL-2.0), and
the packages of its system; their texts are in the image, in /app/licenses and
/usr/share/doc. A model in the image has a licence of its own.

`

// names are those of files with terms: licences, and notices that must go with them.
var names = regexp.MustCompile(`^(LICEN[SC]E|COPYING|NOTICE|PATENTS)`)

func main() {
	text, err := licences(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString(text)
}

// licences returns the document for the packages of the server on the platform
// of its image.
func licences(ctx context.Context) (string, error) {
	// -deps gives the packages that are linked, rather than what go.mod may need.
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-f",
		`{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{"\t"}}{{.Dir}}{{"\t"}}{{$.Dir}}{{end}}{{end}}`,
		"github.com/seed-74198975/rsclip/inference")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=1")
	cmd.Stderr = os.Stderr
	list, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("listing the server's packages: %w", err)
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("asking for GOROOT: %w", err)
	}

	files := map[string]map[string]bool{} // by module
	add := func(module, top, dir string) error {
		if files[module] == nil {
			files[module] = map[string]bool{}
		}
		return collect(files[module], top, dir)
	}
	goroot := strings.TrimSpace(string(root))
	if err := add("the standard library of Go", goroot, goroot); err != nil {
		return "", err
	}
	for line := range strings.Lines(string(list)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			continue
		}
		if err := add(fields[0], fields[1], fields[2]); err != nil {
			return "", err
		}
	}
	return document(files)
}

// collect adds the files with terms of a package's folder and of those above it,
// to the top of its module.
func collect(files map[string]bool, top, dir string) error {
	for ; strings.HasPrefix(dir, top); dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if !e.IsDir() && names.MatchString(e.Name()) && filepath.Ext(e.Name()) != ".go" {
				files[filepath.Join(dir, e.Name())] = true
			}
		}
	}
	return nil
}

// document lists modules with the identifiers of their licences, and then the
// texts.
func document(files map[string]map[string]bool) (string, error) {
	var list bytes.Buffer
	covered := map[string][]string{} // modules by text
	for _, module := range slices.Sorted(maps.Keys(files)) {
		ids := map[string]bool{}
		for _, file := range slices.Sorted(maps.Keys(files[module])) {
			data, err := os.ReadFile(file)
			if err != nil {
				return "", err
			}
			text := strings.TrimSpace(strings.ReplaceAll(string(data), "\r\n", "\n"))
			if !slices.Contains(covered[text], module) {
				covered[text] = append(covered[text], module)
			}
			for _, m := range licensecheck.Scan(data).Match {
				ids[m.ID] = true
			}
		}
		if len(ids) == 0 {
			return "", fmt.Errorf("module %s has no licence that is known: look at its files, and see whether its terms let it be shipped", module)
		}
		fmt.Fprintf(&list, "%-88s %s\n", module, strings.Join(slices.Sorted(maps.Keys(ids)), ", "))
	}
	texts := slices.SortedFunc(maps.Keys(covered), func(a, b string) int {
		return strings.Compare(covered[a][0]+a, covered[b][0]+b)
	})
	for _, text := range texts {
		fmt.Fprintf(&list, "\n%s\n%s\n\n%s\n", strings.Repeat("-", 80), strings.Join(covered[text], "\n"), text)
	}
	return head + list.String(), nil
}
