package export

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/inference/preprocess"
)

// towerConfig is text_config or vision_config of a SigLIP config.json.
type towerConfig struct {
	HiddenSize       int     `json:"hidden_size"`
	IntermediateSize int     `json:"intermediate_size"`
	Layers           int     `json:"num_hidden_layers"`
	Heads            int     `json:"num_attention_heads"`
	LayerNormEpsilon float64 `json:"layer_norm_eps"`
	Activation       string  `json:"hidden_act"`

	// Of the text tower alone.
	VocabSize      int `json:"vocab_size"`
	Positions      int `json:"max_position_embeddings"`
	ProjectionSize int `json:"projection_size"`

	// Of the vision tower alone.
	ImageSize int   `json:"image_size"`
	PatchSize int   `json:"patch_size"`
	Channels  int   `json:"num_channels"`
	UseHead   *bool `json:"vision_use_head"`
}

// siglipConfig is a SigLIP config.json.
type siglipConfig struct {
	ModelType string      `json:"model_type"`
	Text      towerConfig `json:"text_config"`
	Vision    towerConfig `json:"vision_config"`
}

// readConfig reads config.json. What it leaves out has the defaults of
// transformers' SiglipTextConfig and SiglipVisionConfig; checkpoints leave out
// what equals those.
func readConfig(dir string) (*siglipConfig, *document, error) {
	common := towerConfig{
		HiddenSize: 768, IntermediateSize: 3072, Layers: 12, Heads: 12,
		LayerNormEpsilon: 1e-6, Activation: "gelu_pytorch_tanh",
	}
	c := siglipConfig{Text: common, Vision: common}
	c.Text.VocabSize, c.Text.Positions = 32000, 64
	c.Vision.ImageSize, c.Vision.PatchSize, c.Vision.Channels = 224, 16, 3
	d, err := readDocument(dir, configFile)
	if err != nil {
		return nil, nil, err
	}
	if d == nil {
		return nil, nil, fmt.Errorf("reading checkpoint: %w", &fs.PathError{Op: "open", Path: filepath.Join(dir, configFile), Err: syscall.ENOENT})
	}
	if err := d.into(&c); err != nil {
		return nil, nil, err
	}
	if c.Text.ProjectionSize == 0 {
		c.Text.ProjectionSize = c.Text.HiddenSize
	}
	if err := c.validate(); err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", configFile, err)
	}
	return &c, d, nil
}

func (c *siglipConfig) validate() error {
	if c.Vision.UseHead != nil && !*c.Vision.UseHead {
		return fmt.Errorf("vision_config.vision_use_head is false: a tower without its pooling head has no embedding")
	}
	if c.Vision.Channels != 3 {
		return fmt.Errorf("vision_config.num_channels is %d: pictures have 3", c.Vision.Channels)
	}
	for name, t := range map[string]*towerConfig{"text_config": &c.Text, "vision_config": &c.Vision} {
		for field, v := range map[string]int{
			"hidden_size": t.HiddenSize, "intermediate_size": t.IntermediateSize,
			"num_hidden_layers": t.Layers, "num_attention_heads": t.Heads,
		} {
			if v < 1 || v > 1<<16 {
				return fmt.Errorf("%s.%s is %d: must be 1 to %d", name, field, v, 1<<16)
			}
		}
		if t.HiddenSize%t.Heads != 0 {
			return fmt.Errorf("%s.hidden_size %d is no multiple of num_attention_heads %d", name, t.HiddenSize, t.Heads)
		}
		if t.Activation != "gelu_pytorch_tanh" {
			return fmt.Errorf(`%s.hidden_act is %q: only "gelu_pytorch_tanh" can be exported`, name, t.Activation)
		}
		if t.LayerNormEpsilon <= 0 {
			return fmt.Errorf("%s.layer_norm_eps is %v: must be above 0", name, t.LayerNormEpsilon)
		}
	}
	for field, bound := range map[string]struct{ v, most int }{"vocab_size": {c.Text.VocabSize, 1 << 24}, "max_position_embeddings": {c.Text.Positions, 1 << 16}} {
		if bound.v < 1 || bound.v > bound.most {
			return fmt.Errorf("text_config.%s is %d: must be 1 to %d", field, bound.v, bound.most)
		}
	}
	if c.Text.ProjectionSize != c.Vision.HiddenSize {
		return fmt.Errorf("text embeddings have %d elements (text_config.projection_size), picture embeddings %d (vision_config.hidden_size): they must be equal",
			c.Text.ProjectionSize, c.Vision.HiddenSize)
	}
	v := c.Vision
	if v.PatchSize < 1 || v.ImageSize < v.PatchSize || v.ImageSize > 1<<13 {
		return fmt.Errorf("vision_config has image_size %d and patch_size %d: a picture must hold a patch", v.ImageSize, v.PatchSize)
	}
	return nil
}

// imageConfig is how pictures become pixels.
type imageConfig struct {
	Resample      *int      `json:"resample"`
	RescaleFactor *float64  `json:"rescale_factor"`
	Mean          []float64 `json:"image_mean"`
	Std           []float64 `json:"image_std"`
}

// readPreprocess reads how pictures become pixels, for a tower that takes them of
// size x size pixels. What the document leaves out has the defaults.
func readPreprocess(d *document, size int, defaults preprocess.Spec) (modelfolder.Preprocess, error) {
	var c imageConfig
	p := modelfolder.Preprocess(defaults)
	p.Height, p.Width = size, size
	if err := d.into(&c); err != nil {
		return p, err
	}
	for _, key := range []string{"resample", "rescale_factor", "image_mean", "image_std"} {
		if v, there := d.values[key]; there && v == nil {
			return p, fmt.Errorf("reading %s: %s is null: must be a value", d.name, key)
		}
	}
	if c.Resample != nil {
		p.Resample = *c.Resample
	}
	if c.RescaleFactor != nil {
		p.RescaleFactor = *c.RescaleFactor
	}
	for name, list := range map[string]struct {
		from []float64
		to   *[3]float64
	}{"image_mean": {c.Mean, &p.Mean}, "image_std": {c.Std, &p.Std}} {
		if list.from == nil {
			continue
		}
		if len(list.from) != 3 {
			return p, fmt.Errorf("reading %s: %s has %d values: there are 3 channels", d.name, name, len(list.from))
		}
		copy(list.to[:], list.from)
	}
	if _, err := preprocess.New(preprocess.Spec(p)); err != nil {
		return p, fmt.Errorf("reading %s: %w", d.name, err)
	}
	return p, nil
}
