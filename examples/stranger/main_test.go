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
	data, err := os.ReadFile(filepath.Join(outdir, "vision.k8s.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]string{} // the objects of each namespace
	for _, document := range strings.Split(string(data), "---\n") {
		for _, name := range []string{"retrieval", "captions"} {
			if strings.Contains(document, "namespace: "+name+"\n") {
				of[name] += document
			}
		}
	}
	for name, parts := range map[string][]string{
		"retrieval": {
			"name: retrieval-deployment", "image: registry.example/vision/git-rscilp:1.4.2", "nvidia.com/mig-1g.10gb",
			"ip: 10.0.0.7", "name: retrieval-hpa", "averageValue: \"40\"", "name: retrieval-alerts", "release: prometheus",
		},
		"captions": {
			"name: captions-deployment", "image: registry.example/vision/git-rscilp:1.4.1", "name: captions-hpa", "restartPolicy: Always", "name: site-ca", "name: captions_waiting", "name: captions-alerts",
		},
	} {
		for _, part := range parts {
			if !strings.Contains(of[name], part) {
				t.Errorf("the objects of %s lack %q:\n%s", name, part, of[name])
			}
		}
	}
	if strings.Contains(of["captions"], "nvidia") {
		t.Errorf("the service on the CPU asks for GPUs:\n%s", of["captions"])
	}
}
