package main

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/seed-74198975/rsclip/inference/scan"
	"github.com/seed-74198975/rsclip/inference/table"
)

// TestScansAreTheQueueOfTheory compares the mean time of searches with processor
// sharing, if a scan helps one search only, and with no queue at all, if all share it.
func TestScansAreTheQueueOfTheory(t *testing.T) {
	t.Parallel()
	const scan, load = 0.1, 0.7
	for name, tt := range map[string]struct {
		scans []float64
		want  float64
	}{
		"nothing is shared":    {[]float64{scan}, scan / (1 - load)},
		"everything is shared": {[]float64{scan, scan, scan, scan, scan, scan, scan, scan, scan, scan, scan, scan}, scan},
	} {
		pod := Pod{BatchSeconds: []float64{1e-6}, ScanSeconds: tt.scans}
		got := Simulation{Pod: pod, Pods: 1, Seed: 3}.Run(steady(load/scan, 10_000)).Latency.Mean
		if math.Abs(got-tt.want) > 0.03*tt.want {
			t.Errorf("%s: the mean is %.5f s, want %.5f", name, got, tt.want)
		}
	}
}

// TestSearchGetsOnUnderWay follows two searches by hand: one after another, and with a
// second that is embedded when the first is half around.
func TestSearchGetsOnUnderWay(t *testing.T) {
	t.Parallel()
	pod := Pod{BatchSeconds: []float64{1}, ScanSeconds: []float64{1, 1.5}}
	got := pod.under([]float64{0, 1 - 0.5 + 1e-9})
	// Embedded at 1 and at 2. The first is around at 2, before the second gets on.
	if want := (2 + 3 - 0.5) / 2; math.Abs(got.Latency.Mean-want) > 0.01 {
		t.Errorf("one after another the mean is %v s, want %v", got.Latency.Mean, want)
	}
	pod.BatchSeconds = []float64{0.5}
	got = pod.under([]float64{0, 0.5 + 1e-9})
	// Embedded at 0.5 and at 1. Half of the first's way takes 0.75 then, to 1.75; the
	// second has half of its way before it, and is around at 2.25.
	if want := (1.75 + 2.25 - 0.5) / 2; math.Abs(got.Latency.Mean-want) > 0.01 {
		t.Errorf("together the mean is %v s, want %v", got.Latency.Mean, want)
	}
}

// TestScansOfAnIndex measures those of a small one.
func TestScansOfAnIndex(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if _, err := scans(context.Background(), folder, 0); err == nil {
		t.Error("a folder without an index was measured")
	}
	name := filepath.Join(folder, "shard-000000")
	if err := scan.Write(name+".vectors", [][]float32{{1, 0}, {0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := table.Write(name+".parquet", []table.Row{{Embedding: []float32{1, 0}}, {Embedding: []float32{0, 1}}}, table.Metadata{ModelSHA256: "abc", Dimensions: 2}); err != nil {
		t.Fatal(err)
	}
	times, err := scans(context.Background(), folder, 0)
	if err != nil || len(times) != mostScans {
		t.Errorf("%v, %v", times, err)
	}
}
