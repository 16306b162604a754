package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

// FuzzValues reads files of values, and looks in those that are read for the
// place of a field that a construct refused.
func FuzzValues(f *testing.F) {
	examples, err := filepath.Glob("examples/values/*.yaml")
	if err != nil || len(examples) == 0 {
		f.Fatalf("no examples: %v", err)
	}
	for _, file := range examples {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "image")
	}
	f.Add([]byte("service: {nodeSelector: {x: y}, tolerations: [{key: a}]}\n"), "tolerations[0].key")
	f.Add([]byte("service: &a {replicas: 1}\ncanary: *a\n"), "")
	file := filepath.Join(f.TempDir(), "values.yaml")
	f.Fuzz(func(t *testing.T, data []byte, field string) {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := loadSettings(file)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of more than a line: %q", err)
			}
			return
		}
		for id := range sections {
			err := s.locate(&constructs.PropsError{ID: id, Fields: config.FieldErrors{{Field: field}}})
			if !strings.Contains(err.Error(), ": line ") {
				t.Errorf("a refusal without its place: %v", err)
			}
		}
	})
}
