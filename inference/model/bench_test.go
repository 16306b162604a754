package model

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modeldir"
)

// BenchmarkBatches runs both towers of the model in RSCLIP_MODEL, by one thread
// and by all, at every batch size, for the rules by which the CPU's threads and
// batches are chosen.
func BenchmarkBatches(b *testing.B) {
	dir := os.Getenv("RSCLIP_MODEL")
	if dir == "" {
		b.Skip("RSCLIP_MODEL is not set: name a model folder of real size")
	}
	d, err := modeldir.Read(dir)
	if err != nil {
		b.Fatal(err)
	}
	if err := LoadRuntime(); err != nil {
		b.Fatal(err)
	}
	sizes := []int{1, 2, 4, 8, 16, 32}
	for _, threads := range slices.Compact([]int{1, runtime.GOMAXPROCS(0)}) {
		c := config.DefaultModel()
		c.CPU, c.BatchSize = &config.CPUOptions{Threads: threads}, slices.Max(sizes)
		text, err := newTower[int64]("text", filepath.Join(dir, d.Text.File), d.Text.IO, []int{d.Text.Positions}, d.EmbeddingSize, config.CPU, c)
		if err != nil {
			b.Fatal(err)
		}
		vision, err := newTower[float32]("vision", filepath.Join(dir, d.Vision.File), d.Vision.IO, []int{3, d.Vision.Height, d.Vision.Width}, d.EmbeddingSize, config.CPU, c)
		if err != nil {
			b.Fatal(err)
		}
		for _, n := range sizes {
			b.Run(fmt.Sprintf("text/threads=%d/batch=%d", threads, n), func(b *testing.B) { measure(b, text, n) })
			b.Run(fmt.Sprintf("vision/threads=%d/batch=%d", threads, n), func(b *testing.B) { measure(b, vision, n) })
		}
		text.close()
		vision.close()
	}
}

func measure[T int64 | float32](b *testing.B, t *tower[T], n int) {
	if err := warmUp(b.Context(), t, n); err != nil {
		b.Fatal(err)
	}
	in, out := make([][]T, n), make([][]float32, n)
	for i := range in {
		in[i] = make([]T, t.elements)
	}
	for b.Loop() {
		if err := t.run(b.Context(), in, out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "items/s")
}
