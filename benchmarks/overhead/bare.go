package main

import (
	"fmt"
	"path/filepath"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// bare is one tower of a model folder with nothing but ONNX Runtime around it,
// and the server's session options.
type bare struct {
	session *ort.DynamicAdvancedSession
	input   func(batch int64) (ort.Value, error)
	dim     int64
}

func openBare(dir string, m *modelfolder.Metadata, tower model.Tower, threads int) (*bare, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer func() { _ = options.Destroy() }()
	for _, set := range []func() error{
		func() error { return options.SetIntraOpNumThreads(threads) },
		func() error { return options.SetInterOpNumThreads(1) },
		func() error { return options.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll) },
		func() error { return options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0") },
	} {
		if err := set(); err != nil {
			return nil, err
		}
	}
	b := &bare{dim: int64(m.EmbeddingSize)}
	io := m.Text.IO
	b.input = func(batch int64) (ort.Value, error) {
		ids := make([]int64, batch*int64(m.Text.Positions))
		for i := range ids {
			ids[i] = int64(1 + i%(m.Text.VocabSize-1))
		}
		return ort.NewTensor(ort.NewShape(batch, int64(m.Text.Positions)), ids)
	}
	if tower == model.Vision {
		io = m.Vision.IO
		b.input = func(batch int64) (ort.Value, error) {
			pixels := make([]float32, batch*3*int64(m.Vision.Height*m.Vision.Width))
			for i := range pixels {
				pixels[i] = float32(i%256)/127.5 - 1
			}
			return ort.NewTensor(ort.NewShape(batch, 3, int64(m.Vision.Height), int64(m.Vision.Width)), pixels)
		}
	}
	if b.session, err = ort.NewDynamicAdvancedSession(filepath.Join(dir, io.File), []string{io.Input}, []string{io.Output}, options); err != nil {
		return nil, fmt.Errorf("loading the %s tower: %w", tower, err)
	}
	return b, nil
}

// run runs batches of one size, whose memory is bound once, for so long, after
// one that does not count; it returns what an item costs and how many counted.
func (b *bare) run(batch int, duration time.Duration) (c cost, runs int, err error) {
	in, err := b.input(int64(batch))
	if err != nil {
		return c, 0, err
	}
	defer func() { _ = in.Destroy() }()
	out, err := ort.NewEmptyTensor[float32](ort.NewShape(int64(batch), b.dim))
	if err != nil {
		return c, 0, err
	}
	defer func() { _ = out.Destroy() }()
	once := func() error { return b.session.Run([]ort.Value{in}, []ort.Value{out}) }
	if err := once(); err != nil {
		return c, 0, err
	}
	start, before := time.Now(), cpuTime()
	for runs == 0 || time.Since(start) < duration {
		if err := once(); err != nil {
			return c, 0, err
		}
		runs++
	}
	items := float64(runs * batch)
	return cost{time.Since(start).Seconds() / items, (cpuTime() - before).Seconds() / items}, runs, nil
}

func (b *bare) close() { _ = b.session.Destroy() }
