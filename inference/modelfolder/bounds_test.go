package modelfolder

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBounds tries each bound of a number, and one beyond it.
func TestBounds(t *testing.T) {
	t.Parallel()
	for field, tt := range map[string]struct {
		set       func(m *Metadata, v int)
		low, high int
	}{
		"embedding_size":    {func(m *Metadata, v int) { m.EmbeddingSize = v }, 1, 1 << 16},
		"text.positions":    {func(m *Metadata, v int) { m.Text.Positions = v }, 1, 1 << 16},
		"text.vocab_size":   {func(m *Metadata, v int) { m.Text.VocabSize = v }, 1, 1 << 24},
		"vision.height":     {func(m *Metadata, v int) { m.Vision.Height, m.Preprocess.Height, m.Vision.Patch = v, v, 1 }, 1, 1 << 13},
		"vision.width":      {func(m *Metadata, v int) { m.Vision.Width, m.Preprocess.Width, m.Vision.Patch = v, v, 1 }, 1, 1 << 13},
		"vision.patch":      {func(m *Metadata, v int) { m.Vision.Patch = v }, 1, 224},
		"preprocess.height": {func(m *Metadata, v int) { m.Preprocess.Height = v }, 224, 224},
		"preprocess.width":  {func(m *Metadata, v int) { m.Preprocess.Width = v }, 224, 224},
	} {
		for v, want := range map[int]bool{tt.low - 1: false, tt.low: true, tt.high: true, tt.high + 1: false} {
			m := sound()
			tt.set(m, v)
			if err := m.validate(); (err == nil) != want || err != nil && !strings.HasPrefix(err.Error(), field+" is ") {
				t.Errorf("%s of %d: %v", field, v, err)
			}
		}
	}
}

// TestEveryNameIsNeeded leaves out one name after another.
func TestEveryNameIsNeeded(t *testing.T) {
	t.Parallel()
	for field, name := range map[string]func(*Metadata) *string{
		"name":         func(m *Metadata) *string { return &m.Name },
		"text.input":   func(m *Metadata) *string { return &m.Text.Input },
		"text.output":  func(m *Metadata) *string { return &m.Text.Output },
		"vision.input": func(m *Metadata) *string { return &m.Vision.Input },
	} {
		m := sound()
		*name(m) = ""
		if err := m.validate(); err == nil || err.Error() != field+" is empty" {
			t.Errorf("%s: got %v", field, err)
		}
	}
	for _, name := range []string{".", "..", "a/b", "/a", ""} {
		m := sound()
		m.Tokenizer.File = name
		if err := m.validate(); err == nil || !strings.Contains(err.Error(), "tokenizer.file") {
			t.Errorf("a file of the name %q: got %v", name, err)
		}
	}
}

// TestWriteRefusesWhatReadWould writes nothing then.
func TestWriteRefusesWhatReadWould(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := sound()
	m.EmbeddingSize = 0
	if err := Write(dir, m); err == nil || !strings.Contains(err.Error(), "embedding_size") {
		t.Errorf("got %v", err)
	}
	if there, err := os.ReadDir(dir); err != nil || len(there) != 0 {
		t.Errorf("wrote %v, %v", there, err)
	}
	m = sound()
	m.Format = 0 // Write knows the version.
	if err := Write(dir, m); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, MetadataFile)); err != nil || !strings.HasSuffix(string(data), "}\n") {
		t.Errorf("the file does not end with a line's end: %v", err)
	}
	if err := Write(filepath.Join(dir, "gone"), sound()); err == nil {
		t.Error("metadata were written to a folder that is not there")
	}
	m = sound()
	m.LogitScale = math.Inf(1)
	if err := Write(dir, m); err == nil {
		t.Error("metadata that JSON cannot hold were written")
	}
}
