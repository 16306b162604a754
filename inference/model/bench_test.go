package model

import (
	"fmt"
	"os"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// BenchmarkBatches runs both towers of the model in RSCLIP_MODEL at every batch
// size, for the rule by which the CPU's batches are chosen.
func BenchmarkBatches(b *testing.B) {
	dir := os.Getenv("RSCLIP_MODEL")
	if dir == "" {
		b.Skip("RSCLIP_MODEL is not set: name a model folder of real size")
	}
	c := config.DefaultModel()
	c.Device = config.CPU
	m, err := Open(dir, c, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	for _, n := range []int{1, 2, 4, 8, 16, 32} {
		b.Run(fmt.Sprintf("text/%d", n), func(b *testing.B) { measure(b, m.textTower, n) })
		b.Run(fmt.Sprintf("vision/%d", n), func(b *testing.B) { measure(b, m.imageTower, n) })
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
