package export_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
)

// TestCasts counts the casts of fp16 towers of 12 layers: two around each
// attention and each MLP, since hidden states stay float32 between them, and one of
// the pixels. docs/gpu.md says why they stay.
func TestCasts(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Precision = config.FP16
	if err := export.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	cast := []byte("\x22\x04Cast") // An operator's name, in ONNX' protobuf.
	for file, want := range map[string]int{"text_model.onnx": 4 * 12, "vision_model.onnx": 4*12 + 1} {
		graph, err := os.ReadFile(filepath.Join(o.Out, file))
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(graph, cast); n != want {
			t.Errorf("%s has %d casts, want %d", file, n, want)
		}
	}
}
