// Package export turns a Hugging Face SigLIP checkpoint into a model folder:
// two ONNX towers, the tokenizer's file and the metadata that pins them.
package export

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/inference/onnx"
	"github.com/seed-74198975/rsclip/inference/safetensors"
	"github.com/seed-74198975/rsclip/internal/wholefolder"
)

// Options say what to export and how.
type Options struct {
	// Checkpoint is the folder of a Hugging Face SigLIP checkpoint.
	Checkpoint string
	// Out is the model folder to write.
	Out string
	// Name is the model's name. Default: the checkpoint folder's name.
	Name string
	// Precision is the number format of the weights. Default fp32.
	Precision config.Precision
	// Portable writes standard ONNX operators only.
	Portable bool
	// ImageSize is the side of the pictures, in pixels; the position embeddings
	// are interpolated to it. Default: the checkpoint's own.
	ImageSize int
	// Force replaces a folder that is there.
	Force bool
	// Revision is the commit of the checkpoint, for the metadata. Default: none.
	Revision string
	// Version is the exporter's version, for the metadata.
	Version string
	// Progress is told what has been done, a line at a time.
	Progress func(line string)
}

// Run exports. Out appears whole or not at all.
func Run(ctx context.Context, o Options) error {
	o.Precision = cmp.Or(o.Precision, config.FP32)
	if _, ok := formats[o.Precision]; !ok {
		return fmt.Errorf("exporting: precision is %q: must be fp32, fp16 or int8", o.Precision)
	}
	if _, err := os.Stat(o.Out); err == nil && !o.Force {
		return fmt.Errorf("exporting: %s is already there: name another folder, or replace it by force", o.Out)
	}
	if err := o.nameAfterCheckpoint(); err != nil {
		return err
	}
	d, err := describe(o)
	if err == nil {
		err = wholefolder.Publish(o.Out, func(dir string) error { return exportInto(ctx, dir, o, d) })
	}
	if err != nil {
		return fmt.Errorf("exporting %s: %w", o.Checkpoint, err)
	}
	return nil
}

// nameAfterCheckpoint makes the checkpoint's path absolute, and its folder's
// name the model's where it has none.
func (o *Options) nameAfterCheckpoint() error {
	checkpoint, err := filepath.Abs(o.Checkpoint)
	if err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	o.Checkpoint, o.Name = checkpoint, cmp.Or(o.Name, filepath.Base(checkpoint))
	return nil
}

func exportInto(ctx context.Context, dir string, o Options, d *description) error {
	c, m := d.config, d.metadata
	checkpoint, err := safetensors.OpenCheckpoint(o.Checkpoint)
	if err != nil {
		return err
	}
	defer func() { _ = checkpoint.Close() }()
	w := newWeights(ctx, checkpoint, o.Progress)

	for name, to := range map[string]*float64{"logit_scale": &m.LogitScale, "logit_bias": &m.LogitBias} {
		v, err := w.get(name, 1)
		if err != nil {
			return err
		}
		*to = float64(v[0])
	}
	if err := writeTower(dir, "text_model", w, o, func(b *builder) { m.Text = b.text(c.Text) }); err != nil {
		return err
	}
	if err := writeTower(dir, "vision_model", w, o, func(b *builder) { m.Vision = b.vision(c.Vision, m.Preprocess) }); err != nil {
		return err
	}
	m.Parameters = w.done
	w.warnOfUnread()
	return finish(ctx, dir, o, m, append(d.files, checkpoint.Paths...))
}

// finish copies the tokenizer, pins what was read and written, and writes the
// metadata.
func finish(ctx context.Context, dir string, o Options, m *modelfolder.Metadata, sources []string) (err error) {
	if err := copyFile(filepath.Join(o.Checkpoint, m.Tokenizer.File), filepath.Join(dir, m.Tokenizer.File)); err != nil {
		return err
	}
	o.Progress("hashing")
	if m.Source.Files, err = pinAll(ctx, o.Checkpoint, sources); err != nil {
		return err
	}
	written, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range written {
		names = append(names, e.Name())
	}
	if m.Files, err = pinAll(ctx, dir, names); err != nil {
		return err
	}
	return modelfolder.Write(dir, m)
}

// writeTower writes NAME.onnx and NAME.onnx.data.
func writeTower(dir, name string, w *weights, o Options, build func(*builder)) (err error) {
	location := name + ".onnx.data"
	data, err := os.Create(filepath.Join(dir, location))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	buffered := bufio.NewWriterSize(data, 1<<20)
	b := &builder{
		Graph: onnx.NewGraph(name, location, buffered), weights: w,
		format: formats[o.Precision], fused: !o.Portable, shared: make(map[string]bool),
	}
	build(b)
	if b.err != nil {
		return b.err
	}
	if err := errors.Join(buffered.Flush(), data.Sync()); err != nil {
		return err
	}
	graph, err := os.Create(filepath.Join(dir, name+".onnx"))
	if err != nil {
		return err
	}
	return errors.Join(b.Write(graph, "rsclip", o.Version), graph.Sync(), graph.Close())
}

// pinAll pins files of a folder, sorted by name.
func pinAll(ctx context.Context, dir string, names []string) ([]modelfolder.File, error) {
	slices.Sort(names)
	files := make([]modelfolder.File, len(names))
	for i, name := range names {
		var err error
		if files[i], err = modelfolder.Pin(ctx, dir, name); err != nil {
			return nil, err
		}
	}
	return files, nil
}
