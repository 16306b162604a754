package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/inference/safetensors"
	"github.com/seed-74198975/rsclip/internal/wholefolder"
)

// AdoptOptions say which towers to adopt that another exporter has written, as
// optimum and transformers.js publish them.
type AdoptOptions struct {
	Options
	// Towers is the folder with text_model*.onnx and vision_model*.onnx.
	Towers string
	// Variant is what follows "text_model" and "vision_model" in the names of
	// the files, without the underscore: fp16, quantized and so on. Default: nothing.
	Variant string
	// LogitScale, a logarithm, and LogitBias are needed where the checkpoint
	// folder has no weights to read them from, as transformers.js's have not.
	LogitScale, LogitBias *float64
}

// precisions are what the names of variants mean; other names are kept.
var precisions = map[string]config.Precision{
	"": config.FP32, "fp16": config.FP16, "int8": config.INT8, "uint8": config.INT8, "quantized": config.INT8, "q8": config.INT8,
}

// outputs are the names of embeddings, the preferred first.
var outputs = []string{"text_embeds", "image_embeds", "pooler_output"}

// Adopt makes a model folder of towers that another exporter has written, and
// of the checkpoint's own configuration and tokenizer. ONNX Runtime must have
// been loaded. Out appears whole or not at all.
func Adopt(ctx context.Context, o AdoptOptions) error {
	if _, err := os.Stat(o.Out); err == nil && !o.Force {
		return fmt.Errorf("adopting: %s is already there: name another folder, or replace it by force", o.Out)
	}
	if err := o.nameAfterCheckpoint(); err != nil {
		return err
	}
	o.Precision, o.Portable = config.Precision(o.Variant), true
	if p, known := precisions[o.Variant]; known {
		o.Precision = p
	}
	d, err := describe(o.Options)
	if err == nil {
		err = checkFiles(o.Towers)
	}
	if err == nil {
		err = wholefolder.Publish(o.Out, func(dir string) error { return adoptInto(ctx, dir, o, d) })
	}
	if err != nil {
		return fmt.Errorf("adopting %s: %w", o.Towers, err)
	}
	return nil
}

func adoptInto(ctx context.Context, dir string, o AdoptOptions, d *description) error {
	c, m := d.config, d.metadata
	sources, err := o.scaleAndBias(m)
	if err != nil {
		return err
	}
	suffix := ""
	if o.Variant != "" {
		suffix = "_" + o.Variant
	}
	m.Text = modelfolder.Text{Positions: c.Text.Positions, VocabSize: c.Text.VocabSize}
	if m.Text.IO, _, err = o.adoptTower("text_model"+suffix+".onnx", dir, []int{c.Text.Positions}, m.EmbeddingSize, ort.TensorElementDataTypeInt64); err != nil {
		return err
	}
	side := m.Preprocess.Width
	m.Vision = modelfolder.Vision{Height: side, Width: side, Patch: c.Vision.PatchSize}
	var pixels ort.TensorElementDataType
	if m.Vision.IO, pixels, err = o.adoptTower("vision_model"+suffix+".onnx", dir, []int{3, side, side}, m.EmbeddingSize, ort.TensorElementDataTypeFloat, ort.TensorElementDataTypeUint8); err != nil {
		return err
	}
	m.Vision.RawPixels = pixels == ort.TensorElementDataTypeUint8 // as our own export's are
	return finish(ctx, dir, o.Options, m, append(d.files, sources...))
}

// scaleAndBias takes the scale and the bias from the options, or else from the
// checkpoint's weights, and returns the names of the files read.
func (o AdoptOptions) scaleAndBias(m *modelfolder.Metadata) ([]string, error) {
	if o.LogitScale != nil && o.LogitBias != nil {
		m.LogitScale, m.LogitBias = *o.LogitScale, *o.LogitBias
		return nil, nil
	}
	checkpoint, err := safetensors.OpenCheckpoint(o.Checkpoint)
	if err != nil {
		return nil, fmt.Errorf("the scale and the bias of logits are not given: %w", err)
	}
	defer func() { _ = checkpoint.Close() }()
	w := newWeights(context.Background(), checkpoint, func(string) {})
	for name, to := range map[string]*float64{"logit_scale": &m.LogitScale, "logit_bias": &m.LogitBias} {
		v, err := w.get(name, 1)
		if err != nil {
			return nil, err
		}
		*to = float64(v[0])
	}
	m.Parameters = w.total
	return checkpoint.Paths, nil
}

// adoptTower copies a tower with its external data, and finds out what its
// input and its embedding are called. The input must have one of the types, which
// is returned.
func (o AdoptOptions) adoptTower(name, dir string, item []int, size int, inputs ...ort.TensorElementDataType) (modelfolder.IO, ort.TensorElementDataType, error) {
	files, err := filepath.Glob(filepath.Join(o.Towers, name+"*"))
	if err != nil || len(files) == 0 {
		return modelfolder.IO{}, 0, fmt.Errorf("there is no %s: name the folder with -towers, and what follows the tower's name with -variant", name)
	}
	for _, f := range files {
		if err := copyFile(f, filepath.Join(dir, filepath.Base(f))); err != nil {
			return modelfolder.IO{}, 0, err
		}
	}
	ins, outs, err := ort.GetInputOutputInfo(filepath.Join(dir, name))
	if err != nil {
		return modelfolder.IO{}, 0, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(ins) != 1 || !slices.Contains(inputs, ins[0].DataType) || !fits(ins[0].Dimensions, item) {
		return modelfolder.IO{}, 0, fmt.Errorf("reading %s: its inputs are %v: it must have one, %v of [batch %v]", name, ins, inputs, item)
	}
	var names []string
	for _, out := range outs {
		names = append(names, out.Name)
	}
	for _, want := range outputs {
		i := slices.Index(names, want)
		if i < 0 {
			continue
		}
		if out := outs[i]; out.DataType != ort.TensorElementDataTypeFloat || !fits(out.Dimensions, []int{size}) {
			return modelfolder.IO{}, 0, fmt.Errorf("reading %s: its output is %v: it must be float32 of [batch %d]", name, &out, size)
		}
		return modelfolder.IO{File: name, Input: ins[0].Name, Output: want}, ins[0].DataType, nil
	}
	return modelfolder.IO{}, 0, fmt.Errorf("reading %s: its outputs are %s: one must be %s", name, strings.Join(names, ", "), strings.Join(outputs, ", "))
}

// fits reports whether a shape is a batch of items; dimensions below 1 are symbolic.
func fits(shape ort.Shape, item []int) bool {
	if len(shape) != len(item)+1 || shape[0] > 0 {
		return false
	}
	for i, d := range item {
		if got := shape[i+1]; got > 0 && got != int64(d) {
			return false
		}
	}
	return true
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fs.FileMode(0o644))
	if err != nil {
		return err
	}
	_, err = out.ReadFrom(in)
	return errors.Join(err, out.Sync(), out.Close())
}
