package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNpmPackagesAreHashed finds the entries that npm would install unverified.
func TestNpmPackagesAreHashed(t *testing.T) {
	t.Parallel()
	var lock struct {
		Packages map[string]struct {
			Integrity, Resolved string
			InBundle            bool
		}
	}
	data, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		t.Fatal(err)
	}
	if len(lock.Packages) < 100 {
		t.Errorf("package-lock.json has %d packages", len(lock.Packages))
	}
	for name, p := range lock.Packages {
		// The first entry is this project, and bundled packages come inside another's archive.
		if name != "" && !p.InBundle && !strings.HasPrefix(p.Integrity, "sha512-") {
			t.Errorf("%s has no SHA-512: %q", name, p.Integrity)
		}
		if p.Resolved != "" {
			t.Errorf("%s names the registry that served it: %s", name, p.Resolved)
		}
	}
}

// TestWheelsAreHashed has the image take no wheel but by its SHA-256.
func TestWheelsAreHashed(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^[a-z0-9-]+==[0-9.]+ --hash=sha256:[0-9a-f]{64}$`)
	files, err := filepath.Glob("inference/onnxruntime/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of wheels: %v", err)
	}
	files = append(files, "internal/standins/closure.txt")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") && !pinned.MatchString(line) {
				t.Errorf("%s: %q is not NAME==VERSION with a SHA-256", file, line)
			}
		}
	}
	dockerfile, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(dockerfile)) {
		if strings.Contains(line, "pip ") && !strings.Contains(line, "--require-hashes") {
			t.Errorf("Dockerfile runs pip without --require-hashes: %s", line)
		}
	}
}
