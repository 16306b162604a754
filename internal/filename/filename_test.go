package filename_test

import (
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/internal/filename"
)

func TestIsPlain(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"config.json", "model-00001-of-00002.safetensors", "text_model_fp16.onnx.data", "._rsclip.json", "..x", strings.Repeat("x", 200)} {
		if !filename.IsPlain(name) {
			t.Errorf("%q is not plain", name)
		}
	}
	for _, name := range []string{
		"", ".", "..", "a/b", "/a", "../a", `..\a`, "a\nb", "a\x00", "-rf.safetensors", "\u202e.safetensors", "a b", "a:b", "ä.json", "a\r", "\x1b[2J", strings.Repeat("x", 201),
	} {
		if filename.IsPlain(name) {
			t.Errorf("%q is plain", name)
		}
	}
}
