package model_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/wholefolder"
)

// TestAFolderThatIsReplacedWhileItIsRead opens a folder in whose place two models of
// one architecture are put in turns. What opens is all of one of them: a text and a
// picture say by their embeddings which.
func TestAFolderThatIsReplacedWhileItIsRead(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what opens a model again and again")
	}
	file, err := os.ReadFile(filepath.Join(testdata, "pictures", goldens(t, "tiny-base").Pictures[0]))
	if err != nil {
		t.Fatal(err)
	}
	type vectors struct{ text, image [40]float32 }
	embed := func(m *model.Model) (v vectors) {
		text, err := m.EmbedText(t.Context(), "river")
		if err != nil {
			t.Fatal(err)
		}
		image, err := m.EmbedImage(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		copy(v.text[:], text.Vector)
		copy(v.image[:], image)
		return v
	}
	want, sources := map[string]vectors{}, []string{}
	for _, name := range []string{"a", "b"} {
		dir := exportTiny(t, export.Options{Checkpoint: "tiny-base", Name: name})
		if name == "b" {
			for _, weights := range []string{"text_model.onnx.data", "vision_model.onnx.data"} {
				negate(t, filepath.Join(dir, weights))
			}
		}
		want[name] = embed(open(t, dir, nil))
		sources = append(sources, dir)
	}
	if want["a"].text == want["b"].text || want["a"].image == want["b"].image {
		t.Fatal("the models are alike")
	}
	out := filepath.Join(t.TempDir(), "model")
	put := func(n int) {
		if err := wholefolder.Publish(out, func(dir string) error { return os.CopyFS(dir, os.DirFS(sources[n%2])) }); err != nil {
			t.Error(err)
		}
	}
	put(0)
	var writer sync.WaitGroup
	stop := make(chan struct{})
	writer.Go(func() {
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			default:
				put(n)
			}
		}
	})
	c := config.DefaultModel()
	c.Device = config.CPU
	for range 10 {
		m, err := model.Open(out, c, nil)
		if err != nil {
			continue // Its files went away under it, or the last look saw another folder.
		}
		if embed(m) != want[m.Name()] {
			t.Errorf("a model %s has towers of another", m.Name())
		}
		m.Close()
	}
	close(stop)
	writer.Wait()
	if m := open(t, out, nil); embed(m) != want[m.Name()] {
		t.Errorf("afterwards: a model %s has towers of another", m.Name())
	}
}

// negate changes the sign of every weight of a file.
func negate(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 3; i < len(data); i += 4 {
		data[i] ^= 0x80
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
