package main

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	ort "github.com/yalue/onnxruntime_go"
	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// bare is one tower of a model folder with nothing but ONNX Runtime around it, and
// the server's session options.
type bare struct {
	threads  int
	all, one *ort.DynamicAdvancedSession // whose runs have all threads, and one
	input    func(batch int64) (ort.Value, error)
	dim      int64
}

func openBare(dir string, m *modelfolder.Metadata, tower model.Tower, threads int) (*bare, error) {
	b := &bare{threads: threads, dim: int64(m.EmbeddingSize)}
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
			shape := ort.NewShape(batch, 3, int64(m.Vision.Height), int64(m.Vision.Width))
			bytes, floats := make([]uint8, shape.FlattenedSize()), make([]float32, shape.FlattenedSize())
			for i := range bytes {
				bytes[i], floats[i] = uint8(i%256), float32(i%256)/127.5-1 //nolint:gosec // It is less.
			}
			if m.Vision.RawPixels {
				return ort.NewTensor(shape, bytes)
			}
			return ort.NewTensor(shape, floats)
		}
	}
	for session, threads := range map[**ort.DynamicAdvancedSession]int{&b.all: threads, &b.one: 1} {
		var err error
		if *session, err = openSession(filepath.Join(dir, io.File), io, threads); err != nil {
			return nil, fmt.Errorf("loading the %s tower: %w", tower, err)
		}
	}
	return b, nil
}

func openSession(path string, io modelfolder.IO, threads int) (*ort.DynamicAdvancedSession, error) {
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
	return ort.NewDynamicAdvancedSession(path, []string{io.Input}, []string{io.Output}, options)
}

// alone runs one batch after another by all threads, for so long. It returns what an
// item costs.
func (b *bare) alone(batch int, duration time.Duration) (cost, error) {
	c, _, err := b.run(b.all, 1, batch, duration)
	return c, err
}

// beside runs as many batches at once as there are threads, each by one, for so long.
// It returns what an item costs, and how many counted.
func (b *bare) beside(batch int, duration time.Duration) (c cost, items int, err error) {
	return b.run(b.one, b.threads, batch, duration)
}

// run has loops run batches, whose memory is bound once, for so long, after one that
// does not count; it returns what an item costs and how many counted.
func (b *bare) run(session *ort.DynamicAdvancedSession, loops, batch int, duration time.Duration) (c cost, items int, err error) {
	var once []func() error
	for range loops {
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
		run := func() error { return session.Run([]ort.Value{in}, []ort.Value{out}) }
		if err := run(); err != nil {
			return c, 0, err
		}
		once = append(once, run)
	}
	var ran atomic.Int64
	var all errgroup.Group
	start, before := time.Now(), cpuTime()
	for _, run := range once {
		all.Go(func() error {
			for first := true; first || time.Since(start) < duration; first = false {
				if err := run(); err != nil {
					return err
				}
				ran.Add(1)
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return c, 0, err
	}
	items = int(ran.Load()) * batch
	return cost{time.Since(start).Seconds() / float64(items), (cpuTime() - before).Seconds() / float64(items)}, items, nil
}

func (b *bare) close() { _, _ = b.all.Destroy(), b.one.Destroy() }
