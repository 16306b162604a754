package model

import (
	"fmt"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// Description says what is in force: what `GET /v1/model` answers.
type Description struct {
	Name          string             `json:"name"`
	Source        modelfolder.Source `json:"source"`
	Precision     config.Precision   `json:"precision"`
	Device        config.Device      `json:"device"`
	BatchSize     map[Tower]int      `json:"batch_size"`
	Positions     int                `json:"max_seq_length"`
	ImageWidth    int                `json:"image_width"`
	ImageHeight   int                `json:"image_height"`
	FastPictures  bool               `json:"fast_pictures"` // picture.fast
	EmbeddingSize int                `json:"embedding_size"`
	LogitScale    float64            `json:"logit_scale"` // as the checkpoint has it: a logarithm
	LogitBias     float64            `json:"logit_bias"`
	Tokenizer     string             `json:"tokenizer"`
	Runtime       string             `json:"onnxruntime"`
	Files         []modelfolder.File `json:"files"`
	Adjustments   []Adjustment       `json:"adjustments"`
}

// Adjustment is a setting that the model cannot follow, and what is in force.
type Adjustment struct {
	Setting string `json:"setting"` // key in model-config.json
	Asked   any    `json:"asked"`
	InForce any    `json:"in_force"`
	Reason  string `json:"reason"`
}

// Description describes the model and every adjustment made for it.
func (m *Model) Description() Description {
	d := m.metadata
	return Description{
		Name: d.Name, Source: d.Source, Precision: d.Precision, Device: m.device, BatchSize: m.batchSizes,
		Positions: d.Text.Positions, ImageWidth: d.Vision.Width, ImageHeight: d.Vision.Height, FastPictures: m.pictures.Enough != [2]int{},
		EmbeddingSize: d.EmbeddingSize, LogitScale: d.LogitScale, LogitBias: d.LogitBias,
		Tokenizer: d.Tokenizer.File, Runtime: RuntimeVersion(), Files: d.Files, Adjustments: m.adjustments,
	}
}

// adjust lists where the configuration asks for what the model is not.
func adjust(c config.Model, d *modelfolder.Metadata) []Adjustment {
	const reason = "the model folder has its own"
	precision := reason
	if c.Device != config.CPU {
		precision = fmt.Sprintf("the model folder has its own, at whose speed and memory the GPU runs: `rsclip export --precision %s` or `make image precision=%s` makes one as asked", c.Precision, c.Precision)
	}
	out := []Adjustment{} // Answers show an empty list, not null.
	for _, a := range []Adjustment{
		{"model_name", c.ModelName, d.Name, reason},
		{"max_seq_length", c.MaxSeqLength, d.Text.Positions, reason},
		{"image_size", c.ImageSize, d.Vision.Width, reason},
		{"precision", c.Precision, d.Precision, precision},
	} {
		if a.Asked != a.InForce {
			out = append(out, a)
		}
	}
	return out
}
