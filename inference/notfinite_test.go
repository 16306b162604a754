package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
)

// airport is the token of the word in the checkpoints of the tests.
const airport = 173

// poisoned is a model folder of a checkpoint of which one token's embedding is
// infinite.
func poisoned(t *testing.T, precision config.Precision) string {
	t.Helper()
	checkpoint, out := filepath.Join(t.TempDir(), "checkpoint"), filepath.Join(t.TempDir(), "model")
	if err := os.CopyFS(checkpoint, os.DirFS("testdata/tiny-base")); err != nil {
		t.Fatal(err)
	}
	weights := filepath.Join(checkpoint, "model.safetensors")
	data, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	start := 8 + binary.LittleEndian.Uint64(data)
	var tensors map[string]struct {
		Shape   []uint64
		Offsets []uint64 `json:"data_offsets"`
	}
	if err := json.Unmarshal(data[8:start], &tensors); err != nil {
		t.Fatal(err)
	}
	tensor := tensors["text_model.embeddings.token_embedding.weight"]
	binary.LittleEndian.PutUint32(data[start+tensor.Offsets[0]+4*tensor.Shape[1]*airport:], math.Float32bits(float32(math.Inf(1))))
	if err := os.WriteFile(weights, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := export.Run(t.Context(), export.Options{Checkpoint: checkpoint, Out: out, Name: "poisoned", Precision: precision, Progress: func(string) {}}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWeightsThatAreNotFinite has `check` name the token, and `embed` print what
// it can and fail.
func TestWeightsThatAreNotFinite(t *testing.T) {
	t.Parallel()
	texts := filepath.Join(t.TempDir(), "texts")
	if err := os.WriteFile(texts, []byte("sea\nairport\nriver\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, precision := range []config.Precision{config.FP32, config.FP16, config.INT8} {
		t.Run(string(precision), func(t *testing.T) {
			t.Parallel()
			model := poisoned(t, precision)
			var out, complaints bytes.Buffer
			if status := run(t.Context(), []string{"check", "-model", model}, &out, &complaints); status != 1 || !strings.Contains(complaints.String(), "texts with the token 173: the text tower's embedding is not finite") {
				t.Errorf("check: status %d: %s", status, &complaints)
			}
			if precision == config.INT8 {
				return // Rounding to 8 bits may make a number of a NaN in a run of several texts.
			}
			out.Reset()
			complaints.Reset()
			if status := run(t.Context(), []string{"embed", "-model", model, "-texts", texts}, &out, &complaints); status != 1 || !strings.Contains(complaints.String(), "1 of 3 items have failed") {
				t.Errorf("embed: status %d: %s", status, &complaints)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			for i, failed := range []bool{false, true, false} {
				var line struct {
					Embedding []float32
					Error     string
				}
				if err := json.Unmarshal([]byte(lines[i]), &line); err != nil || (line.Embedding == nil) != failed || (line.Error != "") != failed {
					t.Errorf("line %d: %v: %s", i, err, lines[i])
				}
			}
		})
	}
}

// TestPicturesThatAreNotFinite has a vision tower without a number for white.
func TestPicturesThatAreNotFinite(t *testing.T) {
	t.Parallel()
	towers, model := exported(t), filepath.Join(t.TempDir(), "model")
	graph, err := os.ReadFile("testdata/snare/vision_model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(towers, "vision_model.onnx"), graph, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, complaints bytes.Buffer
	if status := run(t.Context(), []string{"adopt", "-towers", towers, "-checkpoint", "testdata/tiny-base", "-out", model}, &out, &complaints); status != 0 {
		t.Fatalf("adopt: status %d: %s", status, &complaints)
	}
	if status := run(t.Context(), []string{"check", "-model", model}, &out, &complaints); status != 1 || !strings.Contains(complaints.String(), "a white picture: the vision tower's embedding is not finite") {
		t.Errorf("check: status %d: %s", status, &complaints)
	}
	picture := image.NewGray(image.Rect(0, 0, 8, 8))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	white, paths := filepath.Join(t.TempDir(), "white.png"), filepath.Join(t.TempDir(), "paths")
	for name, data := range map[string][]byte{white: file.Bytes(), paths: []byte(white + "\n")} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out.Reset()
	if status := run(t.Context(), []string{"embed", "-model", model, "-images", paths}, &out, &complaints); status != 1 || !strings.Contains(out.String(), `"embedding":null,"error":"`) {
		t.Errorf("embed: status %d: %s%s", status, &out, &complaints)
	}
}
