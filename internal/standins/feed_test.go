package standins_test

import (
	"context"
	"encoding/json"
	"os"
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
