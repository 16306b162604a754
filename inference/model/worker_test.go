package model

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/batch"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
)

func openTiny(t *testing.T, precision config.Precision, threads int, observe func(Tower, batch.Run)) *Model {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	if err := export.Run(t.Context(), export.Options{Checkpoint: filepath.Join("..", "testdata", "tiny-base"), Out: dir, Precision: precision, Progress: func(string) {}}); err != nil {
		t.Fatal(err)
	}
	c := config.DefaultModel()
	c.Device, c.CPU = config.CPU, &config.CPUOptions{Threads: threads}
	m, err := Open(dir, c, observe)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// TestRunsInWorkers runs both towers in all of a session's own threads at once, and
// compares the embeddings with those of a run in the caller's.
func TestRunsInWorkers(t *testing.T) {
	t.Parallel()
	for _, precision := range []config.Precision{config.FP32, config.FP16, config.INT8} {
		for _, threads := range []int{2, 4} {
			t.Run(fmt.Sprintf("%s, %d threads", precision, threads), func(t *testing.T) {
				t.Parallel()
				m := openTiny(t, precision, threads, nil)
				runsInWorkers(t, m.textTower, threads, func(i, j int) int64 { return int64(1 + (7*i+j)%600) })
				runsInWorkers(t, m.imageTower, threads, func(i, j int) uint8 { return uint8((31*i + j) % 251) }) //nolint:gosec // It is less.
			})
		}
	}
}

func runsInWorkers[T int64 | uint8](t *testing.T, tower *tower[T], threads int, element func(item, i int) T) {
	t.Helper()
	if len(tower.places) != 1 || len(tower.workers) != threads-1 {
		t.Fatalf("the %s tower has %d places and %d in workers, want 1 and %d", tower.name, len(tower.places), len(tower.workers), threads-1)
	}
	items, want := make([][]T, 2), make([][]float32, 2)
	for i := range items {
		items[i] = make([]T, tower.elements)
		for j := range items[i] {
			items[i][j] = element(i, j)
		}
	}
	if err := tower.run(t.Context(), items, want); err != nil {
		t.Fatal(err)
	}
	alone := <-tower.places // So that runs are in workers.
	defer func() { tower.places <- alone }()
	var all errgroup.Group
	for range threads - 1 {
		all.Go(func() error {
			for range 5 {
				got := make([][]float32, len(items))
				if err := tower.run(t.Context(), items, got); err != nil {
					return err
				}
				for i := range got {
					var dot float64
					for j := range got[i] {
						dot += float64(got[i][j]) * float64(want[i][j])
					}
					if !(math.Abs(1-dot) < 1e-5) {
						return fmt.Errorf("item %d: the cosine to a run in the caller's thread is %v", i, dot)
					}
				}
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		t.Errorf("the %s tower: %v", tower.name, err)
	}
}

// TestARunInAWorkerIsCalledOff calls a run off while it begins: it fails, and those
// after it in the same place do not.
func TestARunInAWorkerIsCalledOff(t *testing.T) {
	t.Parallel()
	tower := openTiny(t, config.FP32, 2, nil).imageTower
	alone := <-tower.places
	defer func() { tower.places <- alone }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var err error
	for deadline := time.Now().Add(time.Minute); err == nil && time.Now().Before(deadline); { // It may end first.
		err = tower.run(ctx, [][]uint8{tower.sample}, make([][]float32, 1))
	}
	if err == nil || !strings.Contains(err.Error(), "terminate flag") {
		t.Errorf("error %v, want ONNX Runtime's of a run that was called off", err)
	}
	if err := warmUp(t.Context(), tower, 1); err != nil {
		t.Errorf("the run after it: %v", err)
	}
}

// TestACrowdOfTexts has many texts come at once: runs begin beside each other, and each
// text gets the embedding that it has alone.
func TestACrowdOfTexts(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var runs []batch.Run
	m := openTiny(t, config.FP32, 3, func(_ Tower, r batch.Run) {
		mu.Lock()
		defer mu.Unlock()
		runs = append(runs, r)
	})
	text := func(i int) string { return fmt.Sprintf("%d boats in a harbour", i) }
	const texts = 100
	var alone [texts][]float32
	for i := range alone {
		e, err := m.EmbedText(t.Context(), text(i))
		if err != nil {
			t.Fatal(err)
		}
		alone[i] = e.Vector
	}
	mu.Lock()
	before := len(runs)
	mu.Unlock()
	var all errgroup.Group
	for i := range alone {
		all.Go(func() error {
			e, err := m.EmbedText(t.Context(), text(i))
			if err != nil {
				return err
			}
			if s := Similarity(e.Vector, alone[i]); !(math.Abs(1-s) < 1e-5) {
				return fmt.Errorf("%q: the cosine to its embedding alone is %v", text(i), s)
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
	m.textQueue.Close() // All runs are observed by then.
	beside := 0
	for i, r := range runs[before:] {
		for _, other := range runs[before+i+1:] {
			if r.Started.Before(other.Ended) && other.Started.Before(r.Ended) {
				beside++
			}
		}
	}
	if beside == 0 {
		t.Errorf("none of %d runs was beside another", len(runs)-before)
	}
}
