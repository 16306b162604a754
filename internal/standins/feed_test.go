package standins_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/model"
)

// BenchmarkFeeding keeps a stand-in for an H100 busy with pictures, and reports for
// which part of the time it is: each run of 32 occupies it for 10.5 ms, as by
// calculation the large shape does.
func BenchmarkFeeding(b *testing.B) {
	needCUDA(b)
	folder, libraries := exportTiny(b, config.FP16, false), build(b)
	for b.Loop() {
		out, err := run(b, "feed", folder, libraries, "STANDIN_WIDTH=40", "STANDIN_RUN_MICROSECONDS=10500")
		if err != nil {
			b.Fatal(err)
		}
		var busy float64
		if err := json.Unmarshal(out, &busy); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(busy, "busy")
	}
}

// feed embeds pictures by many callers, and prints the part of the time in which
// the device runs.
func feed(folder string) error {
	const callers, batches, size = 128, 200, 32
	m, err := open(folder, size)
	if err != nil {
		return err
	}
	defer m.Close()
	var group errgroup.Group
	start := time.Now()
	for caller := range callers {
		group.Go(func() error {
			pixels := make([]uint8, m.TensorBytes())
			for i := range batches * size / callers {
				pixels[0], pixels[1] = uint8(caller), uint8(i)
				if _, err := m.EmbedPixels(context.Background(), pixels); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	busy := batches * 10500 * time.Microsecond
	return json.NewEncoder(os.Stdout).Encode(float64(busy) / float64(time.Since(start)))
}

// open opens a model folder on CUDA and warms it up.
func open(folder string, batch int) (*model.Model, error) {
	c := config.DefaultModel()
	c.BatchSize = batch
	m, err := model.Open(folder, c, nil)
	if err != nil {
		return nil, err
	}
	if err := m.WarmUp(context.Background()); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// TestTheNextBatchIsCopiedWhileOneRuns has the GPU not end a run, and wait for the
// next batch to be copied there.
func TestTheNextBatchIsCopiedWhileOneRuns(t *testing.T) {
	t.Parallel()
	needCUDA(t)
	folder := t.TempDir()
	hold, log := filepath.Join(folder, "hold"), filepath.Join(folder, "log")
	if _, err := run(t, "overlap", exportTiny(t, config.FP16, false), build(t), "STANDIN_WIDTH=40", "STANDIN_HOLD="+hold, "STANDIN_LOG="+log); err != nil {
		t.Error(err)
	}
}

// overlap fails unless a run of two pictures is copied to the GPU while one of one
// picture is held up there.
func overlap(folder string) error {
	m, err := open(folder, 2)
	if err != nil {
		return err
	}
	defer m.Close()
	hold := os.Getenv("STANDIN_HOLD")
	if err := os.WriteFile(hold, nil, 0o600); err != nil {
		return err
	}
	before, err := log()
	if err != nil {
		return err
	}
	var group errgroup.Group
	for _, items := range []int{1, 2} {
		for range items {
			group.Go(func() error {
				_, err := m.EmbedPixels(context.Background(), make([]uint8, m.TensorBytes()))
				return err
			})
		}
		if err := copies(len(before), items*int(m.TensorBytes())); err != nil {
			return errors.Join(err, os.Remove(hold))
		}
	}
	return errors.Join(os.Remove(hold), group.Wait())
}

// copies waits until so many bytes have been copied to the GPU at once, by the log
// from some place on.
func copies(from, size int) error {
	line := fmt.Appendf(nil, "copy-to-device %d\n", size)
	for range 6000 {
		calls, err := log()
		if err != nil || bytes.Contains(calls[from:], line) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("no copy of %d bytes to the GPU in a minute, while a run is under way", size)
}

// TestEachItemHasItsOwnAnswer has many callers embed pictures and texts, which
// runs of all sizes beside each other take. A replayed CUDA graph, which reads no
// new input, would give all the first answer.
// Source: https://github.com/microsoft/onnxruntime/issues/20050
func TestEachItemHasItsOwnAnswer(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what builds libraries")
	}
	needCUDA(t)
	for _, portable := range []bool{false, true} {
		if _, err := run(t, "tell apart", exportTiny(t, config.FP16, portable), build(t), "STANDIN_WIDTH=40", "STANDIN_RUN_MICROSECONDS=2000"); err != nil {
			t.Errorf("portable %v: %v", portable, err)
		}
	}
}

// tellApart fails unless equal items have equal answers and others do not.
func tellApart(folder string) error {
	const items, times = 24, 8
	m, err := open(folder, 8)
	if err != nil {
		return err
	}
	defer m.Close()
	ctx := context.Background()
	embed := map[model.Tower]func(item int) ([]float32, error){
		model.Text: func(item int) ([]float32, error) {
			e, err := m.EmbedText(ctx, fmt.Sprint("river ", item))
			return e.Vector, err
		},
		model.Vision: func(item int) ([]float32, error) {
			return m.EmbedPixels(ctx, bytes.Repeat([]byte{uint8(item)}, int(m.TensorBytes())))
		},
	}
	for tower, embed := range embed {
		var answers [items][times][]float32
		var group errgroup.Group
		for time := range times {
			for item := range items {
				group.Go(func() (err error) { answers[item][time], err = embed(item); return err })
			}
		}
		if err := group.Wait(); err != nil {
			return err
		}
		for item, own := range answers {
			for _, again := range own {
				if !slices.Equal(again, own[0]) {
					return fmt.Errorf("%s tower: item %d has several answers", tower, item)
				}
			}
			if item > 0 && slices.Equal(own[0], answers[item-1][0]) {
				return fmt.Errorf("%s tower: items %d and %d have the same answer", tower, item-1, item)
			}
		}
	}
	return nil
}
