package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	rsclip "github.com/seed-74198975/rsclip/constructs"
)

func TestSynthesizes(t *testing.T) {
	outdir := t.TempDir()
	if err := rsclip.Synth(outdir, build); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(outdir, "retrieval.k8s.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"name: retrieval-deployment", "image: registry.example/vision/git-rscilp:1.4.2", "nvidia.com/mig-1g.10gb",
		"priorityClassName: inference", "name: retrieval-custom-hpa", "name: retrieval-alerts", "release: prometheus",
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%q is not in:\n%s", want, data)
		}
	}
}
