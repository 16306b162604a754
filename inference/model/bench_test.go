package model

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// ofRealSize is the model folder that RSCLIP_MODEL names.
func ofRealSize(b *testing.B) (dir string, d *modelfolder.Metadata) {
	b.Helper()
	if dir = os.Getenv("RSCLIP_MODEL"); dir == "" {
		b.Skip("RSCLIP_MODEL is not set: name a model folder of real size")
	}
	d, err := modelfolder.Read(dir)
	if err != nil {
		b.Fatal(err)
	}
	if err := LoadRuntime(); err != nil {
		b.Fatal(err)
	}
	return dir, d
}

// BenchmarkBatches runs both towers of the model in RSCLIP_MODEL, by one thread
// and by all, at every batch size, for the rules by which the CPU's threads and
// batches are chosen.
func BenchmarkBatches(b *testing.B) {
	dir, d := ofRealSize(b)
	sizes := []int{1, 2, 4, 8}
	for _, threads := range slices.Compact([]int{1, runtime.GOMAXPROCS(0)}) {
		c := config.DefaultModel()
		c.CPU = &config.CPUOptions{Threads: threads}
		text, vision, err := newTowers(dir, d, config.CPU, c, map[Tower]int{Text: slices.Max(sizes), Vision: slices.Max(sizes)}, map[Tower]sharing{Text: {runs: 1}, Vision: {runs: 1}}, func([]float32, []uint8) {})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("text/threads=%d", threads), func(b *testing.B) { measure(b, text, sizes) })
		b.Run(fmt.Sprintf("vision/threads=%d", threads), func(b *testing.B) { measure(b, vision, sizes) })
		text.close()
		vision.close()
	}
}

// measure has each turn run as many items in batches of every size, so that a
// machine whose speed drifts is as fast for all, and reports items a second.
func measure[T int64 | uint8](b *testing.B, t *tower[T], sizes []int) {
	items := slices.Max(sizes)
	in, out := make([][]T, items), make([][]float32, items)
	for i := range in {
		in[i] = make([]T, t.elements)
	}
	seconds := make(map[int][]float64)
	for _, n := range sizes {
		if err := warmUp(b.Context(), t, n); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		for _, n := range sizes {
			start := time.Now()
			for range items / n {
				if err := t.run(b.Context(), in[:n], out[:n]); err != nil {
					b.Fatal(err)
				}
			}
			seconds[n] = append(seconds[n], time.Since(start).Seconds())
		}
	}
	for _, n := range sizes {
		slices.Sort(seconds[n])
		b.ReportMetric(float64(items)/seconds[n][len(seconds[n])/2], fmt.Sprintf("batch-%d-items/s", n))
	}
}

// BenchmarkSimilarity scores a pair of embeddings, as long as Git-RSCLIP's large ones.
func BenchmarkSimilarity(b *testing.B) {
	x, y := make([]float32, 1024), make([]float32, 1024)
	for i := range x {
		x[i], y[i] = float32(i%7), float32(i%5)
	}
	for b.Loop() {
		Similarity(x, y)
	}
}
