package model_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/batch"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/model"
)

const testdata = "../testdata"

// scores are the reference implementation's for one checkpoint.
type scores struct {
	Texts          []string
	Pictures       []string
	TextEmbeds     [][]float64 `json:"text_embeds"`
	ImageEmbeds    [][]float64 `json:"image_embeds"`
	LogitsPerImage [][]float64 `json:"logits_per_image"`
}

func goldens(t *testing.T, checkpoint string) scores {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, "golden", "scores-"+checkpoint+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s scores
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func exportTiny(t *testing.T, o export.Options) string {
	t.Helper()
	o.Checkpoint = filepath.Join(testdata, o.Checkpoint)
	o.Out = filepath.Join(t.TempDir(), "model")
	o.Progress = func(string) {}
	if err := export.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o.Out
}

func open(t *testing.T, dir string, change func(*config.Model)) *model.Model {
	t.Helper()
	c := config.DefaultModel()
	c.Device = config.CPU
	if change != nil {
		change(&c)
	}
	m, err := model.Open(dir, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// TestEmbeddingsEqualTheReference goes the whole way, from text and file to
// embedding and logit, for each checkpoint, precision and kind of graph.
func TestEmbeddingsEqualTheReference(t *testing.T) {
	t.Parallel()
	// Distance is 1 - cosine. The tiny checkpoints' logits spread over 60 times
	// their cosines, so a logit's bound follows from the distance's.
	bars := map[config.Precision]struct{ distance, logit float64 }{
		config.FP32: {1e-6, 1e-4},
		config.FP16: {1e-4, 0.1},
		config.INT8: {5e-3, 3},
	}
	for _, checkpoint := range []string{"tiny-base", "tiny-large", "tiny-siglip2"} {
		pixels := &sync.Map{} // The precision and kind of graph are nothing to them.
		for precision, bar := range bars {
			for _, portable := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/portable=%v", checkpoint, precision, portable), func(t *testing.T) {
					t.Parallel()
					if testing.Short() && portable {
						t.Skip("-short leaves out the graphs for other runtimes")
					}
					m := open(t, exportTiny(t, export.Options{Checkpoint: checkpoint, Precision: precision, Portable: portable}), nil)
					compare(t, m, goldens(t, checkpoint), pixels, bar.distance, bar.logit)
				})
			}
		}
	}
}

// compare embeds the texts and pictures of the goldens, and scores them. A picture
// that pixels has is not prepared again.
func compare(t *testing.T, m *model.Model, g scores, pixels *sync.Map, distanceBar, logitBar float64) {
	t.Helper()
	texts, images := make([][]float32, len(g.Texts)), make([][]float32, len(g.Pictures))
	for i, text := range g.Texts {
		e, err := m.EmbedText(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = e.Vector
	}
	for i, name := range g.Pictures {
		prepare, _ := pixels.LoadOrStore(name, sync.OnceValues(func() ([]uint8, error) { return prepared(m, name) }))
		p, err := prepare.(func() ([]uint8, error))()
		if err != nil {
			t.Fatal(err)
		}
		if images[i], err = m.EmbedPixels(t.Context(), bytes.Clone(p)); err != nil {
			t.Fatal(err)
		}
	}
	worst := max(distance(texts, g.TextEmbeds), distance(images, g.ImageEmbeds))
	if !(worst <= distanceBar) {
		t.Errorf("1 - cosine is up to %.2g, the bar is %.2g", worst, distanceBar)
	}
	worst = 0
	for i := range images {
		for j := range texts {
			worst = max(worst, math.Abs(m.Score(texts[j], images[i]).Logit-g.LogitsPerImage[i][j]))
		}
	}
	if !(worst <= logitBar) {
		t.Errorf("logits differ by up to %.2g, the bar is %.2g", worst, logitBar)
	}
}

func prepared(m *model.Model, name string) ([]uint8, error) {
	file, err := os.ReadFile(filepath.Join(testdata, "pictures", name))
	if err != nil {
		return nil, err
	}
	image, err := m.Decode(context.Background(), file)
	if err != nil {
		return nil, err
	}
	return m.Preprocess(context.Background(), nil, image)
}

// TestOtherImageSizes exports for pictures of other sizes than the
// checkpoint's, which takes interpolated position embeddings.
func TestOtherImageSizes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out other sizes of pictures")
	}
	for _, checkpoint := range []string{"tiny-base", "tiny-large"} {
		data, err := os.ReadFile(filepath.Join(testdata, "golden", "sizes-"+checkpoint+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var goldens []struct {
			Size        int
			Pictures    []string
			ImageEmbeds [][]float64 `json:"image_embeds"`
		}
		if err := json.Unmarshal(data, &goldens); err != nil {
			t.Fatal(err)
		}
		for _, g := range goldens {
			t.Run(fmt.Sprintf("%s/%d", checkpoint, g.Size), func(t *testing.T) {
				t.Parallel()
				m := open(t, exportTiny(t, export.Options{Checkpoint: checkpoint, ImageSize: g.Size}), nil)
				compare(t, m, scores{Pictures: g.Pictures, ImageEmbeds: g.ImageEmbeds}, &sync.Map{}, 1e-6, 0)
			})
		}
	}
}

// TestOtherExporters serves the towers that optimum has written, in the forms
// in which transformers.js publishes them.
func TestOtherExporters(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out the towers of others")
	}
	if err := model.LoadRuntime(); err != nil {
		t.Fatal(err)
	}
	// How far its own quantization is off is optimum's business: the bar only
	// tells a quantized model from a broken one.
	pixels := &sync.Map{}
	for variant, bar := range map[string]struct{ distance, logit float64 }{"": {1e-6, 1e-4}, "fp16": {1e-4, 0.3}, "quantized": {0.05, 20}} {
		t.Run("variant="+variant, func(t *testing.T) {
			t.Parallel()
			o := export.AdoptOptions{Towers: filepath.Join(testdata, "optimum"), Variant: variant}
			o.Checkpoint, o.Out = filepath.Join(testdata, "tiny-base"), filepath.Join(t.TempDir(), "model")
			o.Progress = func(string) {}
			if err := export.Adopt(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			compare(t, open(t, o.Out, nil), goldens(t, "tiny-base"), pixels, bar.distance, bar.logit)
		})
	}
}

func TestRefusedTowers(t *testing.T) {
	t.Parallel()
	if err := model.LoadRuntime(); err != nil {
		t.Fatal(err)
	}
	scale := 4.0
	for want, change := range map[string]func(t *testing.T, o *export.AdoptOptions){
		"no text_model_q4.onnx": func(_ *testing.T, o *export.AdoptOptions) { o.Variant = "q4" },
		"not given": func(t *testing.T, o *export.AdoptOptions) {
			o.LogitScale = &scale
			without := t.TempDir()
			for _, name := range []string{"config.json", "preprocessor_config.json", "spiece.model"} {
				data, err := os.ReadFile(filepath.Join(o.Checkpoint, name))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(without, name), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			o.Checkpoint = without
		},
		"its inputs are": func(t *testing.T, o *export.AdoptOptions) {
			// Towers that have changed places.
			swapped := t.TempDir()
			for from, to := range map[string]string{"text_model.onnx": "vision_model.onnx", "vision_model.onnx": "text_model.onnx"} {
				data, err := os.ReadFile(filepath.Join(o.Towers, from))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(swapped, to), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			o.Towers = swapped
		},
		"its output is": func(_ *testing.T, o *export.AdoptOptions) {
			o.Checkpoint = filepath.Join(testdata, "tiny-large")
			o.ImageSize = 224
		},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			o := export.AdoptOptions{Towers: filepath.Join(testdata, "optimum")}
			o.Checkpoint, o.Out = filepath.Join(testdata, "tiny-base"), filepath.Join(t.TempDir(), "model")
			o.Progress = func(string) {}
			change(t, &o)
			if err := export.Adopt(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error with %q", err, want)
			}
		})
	}
}

// distance is the largest 1 - cosine of pairs of rows; NaN is infinite.
func distance(got [][]float32, want [][]float64) float64 {
	worst := 0.0
	for i := range got {
		var dot, square, wantSquare float64
		for j, w := range want[i] {
			g := float64(got[i][j])
			dot, square, wantSquare = dot+g*w, square+g*g, wantSquare+w*w
		}
		d := 1 - dot/math.Sqrt(square*wantSquare)
		if math.IsNaN(d) || len(got[i]) != len(want[i]) {
			return math.Inf(1)
		}
		worst = max(worst, d)
	}
	return worst
}

// TestBatchesDoNotMix embeds the same inputs alone and in full batches.
func TestBatchesDoNotMix(t *testing.T) {
	t.Parallel()
	g := goldens(t, "tiny-base")
	m := open(t, exportTiny(t, export.Options{Checkpoint: "tiny-base"}), func(c *config.Model) { c.BatchSize = 4 })
	results := make(chan error, 10*len(g.Texts))
	for range 10 {
		for i, text := range g.Texts {
			go func() {
				e, err := m.EmbedText(t.Context(), text)
				if err == nil {
					if d := distance([][]float32{e.Vector}, g.TextEmbeds[i:i+1]); !(d <= 1e-6) {
						err = fmt.Errorf("%q: 1 - cosine is %.2g", text, d)
					}
				}
				results <- err
			}()
		}
	}
	for range cap(results) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func TestDescriptionSaysWhatWasAdjusted(t *testing.T) {
	t.Parallel()
	m := open(t, exportTiny(t, export.Options{Checkpoint: "tiny-large", Name: "Git-RSCLIP"}), func(c *config.Model) { c.CPU = &config.CPUOptions{Threads: 3} })
	got := make(map[string]any)
	for _, a := range m.Description().Adjustments {
		got[a.Setting] = a.InForce
	}
	want := map[string]any{"max_seq_length": 64, "image_size": 256, "precision": config.FP32, "batch_size": map[model.Tower]int{model.Text: 6, model.Vision: 2}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("adjusted %v, want %v", got, want)
	}
}

func TestProbeLeavesATowerAloneThatHasJustAnswered(t *testing.T) {
	t.Parallel()
	c := config.DefaultModel()
	c.Device = config.CPU
	ran := make(chan model.Tower, 8)
	m, err := model.Open(exportTiny(t, export.Options{Checkpoint: "tiny-base"}), c, func(tower model.Tower, _ batch.Run) { ran <- tower })
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	probe := func(late time.Duration, want ...model.Tower) {
		t.Helper()
		if err := m.Probe(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		left := slices.Clone(want)
		for range want {
			got := <-ran
			i := slices.Index(left, got)
			if i < 0 {
				t.Fatalf("the %s tower ran, want each of %v once", got, want)
			}
			left = slices.Delete(left, i, i+1)
		}
	}
	if _, err := m.EmbedText(t.Context(), "a river"); err != nil {
		t.Fatal(err)
	}
	<-ran
	probe(time.Hour, model.Vision)
	probe(time.Hour)
	probe(-1, model.Text, model.Vision) // Had the one before run any, it would be here.
	if len(ran) > 0 {
		t.Errorf("the %s tower ran besides", <-ran)
	}
}

func TestADeviceThatIsNotThere(t *testing.T) {
	t.Parallel()
	dir := exportTiny(t, export.Options{Checkpoint: "tiny-base"})
	for _, device := range []config.Device{config.CUDA, config.TensorRT} {
		c := config.DefaultModel()
		c.Device = device
		m, err := model.Open(dir, c, nil)
		if err == nil {
			m.Close()
			t.Skipf("this machine has %s", device)
		}
		for _, want := range []string{string(device), "allow_cpu_fallback", `"cpu"`} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q lacks %s", err, want)
			}
		}
		fallen := open(t, dir, func(c *config.Model) { c.Device, c.AllowCPUFallback = device, true })
		if d := fallen.Description(); d.Device != config.CPU || !slices.ContainsFunc(d.Adjustments, func(a model.Adjustment) bool { return a.Setting == "device" }) {
			t.Errorf("fallen back to %s with adjustments %v", d.Device, d.Adjustments)
		}
	}
}

func TestBrokenFolders(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		damage func(dir string) error
		want   string
	}{
		"no folder":        {os.RemoveAll, "rsclip export"},
		"no metadata":      {func(dir string) error { return os.Remove(filepath.Join(dir, "rsclip.json")) }, "rsclip export"},
		"metadata cut off": {func(dir string) error { return os.Truncate(filepath.Join(dir, "rsclip.json"), 100) }, "rsclip.json"},
		"no tokenizer":     {func(dir string) error { return os.Remove(filepath.Join(dir, "spiece.model")) }, "spiece.model: no such file"},
		"no text tower":    {func(dir string) error { return os.Remove(filepath.Join(dir, "text_model.onnx")) }, "text_model.onnx: no such file"},
		"no weights":       {func(dir string) error { return os.Remove(filepath.Join(dir, "vision_model.onnx.data")) }, "vision_model.onnx.data: no such file"},
		"weights cut off":  {func(dir string) error { return os.Truncate(filepath.Join(dir, "vision_model.onnx.data"), 5000) }, "vision_model.onnx.data has 5000 bytes"},
		"tower cut off":    {func(dir string) error { return os.Truncate(filepath.Join(dir, "text_model.onnx"), 5000) }, "text_model.onnx has 5000 bytes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := exportTiny(t, export.Options{Checkpoint: "tiny-base"})
			if err := tt.damage(dir); err != nil {
				t.Fatal(err)
			}
			c := config.DefaultModel()
			c.Device = config.CPU
			m, err := model.Open(dir, c, nil)
			if err == nil {
				m.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q lacks %q", err, tt.want)
			}
		})
	}
}
