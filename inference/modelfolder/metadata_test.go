package modelfolder

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/config"
)

func sound() *Metadata {
	return &Metadata{
		Format: formatVersion, Name: "Git-RSCLIP", Family: "siglip", Precision: config.FP32, EmbeddingSize: 40, LogitScale: 4.7, LogitBias: -12.9,
		Text:       Text{IO: IO{File: "text_model.onnx", Input: "input_ids", Output: "text_embeds", Normalized: true}, Positions: 64, VocabSize: 601},
		Vision:     Vision{IO: IO{File: "vision_model.onnx", Input: "pixel_values", Output: "image_embeds", Normalized: true}, Height: 224, Width: 224, Patch: 16},
		Preprocess: Preprocess{Height: 224, Width: 224, Resample: 3, RescaleFactor: 1.0 / 255, Std: [3]float64{1, 1, 1}},
		Tokenizer:  Tokenizer{File: "spiece.model"},
		Files:      []File{{Name: "spiece.model", Size: 3, SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}},
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "spiece.model"), []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, sound()); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if diff := cmp.Diff(sound(), got); err != nil || diff != "" {
		t.Errorf("%v (-written +read):\n%s", err, diff)
	}
	if err := Verify(t.Context(), dir); err != nil {
		t.Error(err)
	}
}

// TestOlderFolder reads what exporters wrote before there were families.
func TestOlderFolder(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(sound())
	if err != nil {
		t.Fatal(err)
	}
	older := strings.Replace(string(data), `"family":"siglip",`, "", 1)
	if older == string(data) {
		t.Fatalf("no family in %s", data)
	}
	got, err := parse([]byte(older))
	if diff := cmp.Diff(sound(), got); err != nil || diff != "" {
		t.Errorf("%v (-now +older):\n%s", err, diff)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Metadata){
		"format is 2": func(m *Metadata) { m.Format = 2 },
		`family is "clip": must be siglip, siglip2; take the rsclip that wrote the folder`: func(m *Metadata) { m.Family = "clip" },
		"embedding_size is 0":            func(m *Metadata) { m.EmbeddingSize = 0 },
		"text.positions is -1":           func(m *Metadata) { m.Text.Positions = -1 },
		"vision.width is 100000":         func(m *Metadata) { m.Vision.Width = 100_000 },
		"vision.patch is 0":              func(m *Metadata) { m.Vision.Patch = 0 },
		"preprocess.height is 256":       func(m *Metadata) { m.Preprocess.Height = 256 },
		`text.file is "../x"`:            func(m *Metadata) { m.Text.File = "../x" },
		`vision.file is "/etc/x"`:        func(m *Metadata) { m.Vision.File = "/etc/x" },
		`tokenizer.file is ""`:           func(m *Metadata) { m.Tokenizer.File = "" },
		`files[0].name is "sub/file"`:    func(m *Metadata) { m.Files[0].Name = "sub/file" },
		"logit_scale is 800":             func(m *Metadata) { m.LogitScale = 800 },
		"logit_bias -1e+39":              func(m *Metadata) { m.LogitBias = -1e39 },
		"name is empty":                  func(m *Metadata) { m.Name = "" },
		"vision.output is empty":         func(m *Metadata) { m.Vision.Output = "" },
		`unknown field "text.positionz"`: nil,
	} {
		m := sound()
		if change != nil {
			change(m)
		}
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if change == nil {
			data = []byte(strings.Replace(string(data), "positions", "positionz", 1))
		}
		if _, err := parse(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	data, err := json.Marshal(sound())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"format": 1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parse(data)
		if err != nil {
			return
		}
		for _, name := range []string{m.Text.File, m.Vision.File, m.Tokenizer.File} {
			if filepath.Base(name) != name || name == "." || name == ".." {
				t.Errorf("a file's name leaves the folder: %q", name)
			}
		}
	})
}
