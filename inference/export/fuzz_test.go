package export

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzConfig reads the configurations of checkpoints. What is accepted must
// have sizes that memory can be made of.
func FuzzConfig(f *testing.F) {
	for _, checkpoint := range []string{"tiny-base", "tiny-large"} {
		var files [2][]byte
		for i, name := range []string{"config.json", "preprocessor_config.json"} {
			data, err := os.ReadFile(filepath.Join("../testdata", checkpoint, name))
			if err != nil {
				f.Fatal(err)
			}
			files[i] = data
		}
		f.Add(files[0], files[1])
	}
	f.Add([]byte(`{"model_type": "siglip"}`), []byte(`{"image_mean": [0, 0], "resample": -1}`))
	f.Add([]byte(`{"model_type": "siglip", "text_config": {"vocab_size": null}}`), []byte(`{"size": {"height": 224, "width": 224}, "resample": null}`))
	dir := f.TempDir()
	vocabulary, err := os.ReadFile("../testdata/tiny-base/spiece.model")
	if err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "spiece.model"), vocabulary, 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, config, preprocessor []byte) {
		for name, data := range map[string][]byte{"config.json": config, "preprocessor_config.json": preprocessor} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		d, err := describe(Options{Checkpoint: dir, Progress: func(string) {}})
		if err != nil {
			return
		}
		c, m := d.config, d.metadata
		for name, v := range map[string]int{
			"vocabulary": c.Text.VocabSize, "positions": c.Text.Positions, "hidden": c.Text.HiddenSize, "layers": c.Vision.Layers, "patch": c.Vision.PatchSize,
			"embedding": m.EmbeddingSize, "width": m.Preprocess.Width, "height": m.Preprocess.Height,
		} {
			if v < 1 || v > 1<<24 {
				t.Errorf("%s is %d", name, v)
			}
		}
	})
}
