package model

import (
	"maps"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

func TestBatchSizes(t *testing.T) {
	t.Parallel()
	base := &modelfolder.Metadata{Text: modelfolder.Text{Positions: 64}, Vision: modelfolder.Vision{Height: 224, Width: 224, Patch: 16}}
	for _, c := range []struct {
		name         string
		device       config.Device
		asked        int
		threads      int
		text, vision int
	}{
		{"one thread has two texts and a picture", config.CPU, 32, 1, 2, 1},
		{"two threads have four texts and two pictures of 196 patches", config.CPU, 32, 2, 4, 2},
		{"eight have 1024 rows, or some more for whole pictures", config.CPU, 32, 8, 16, 6},
		{"no more than asked for", config.CPU, 4, 16, 4, 4},
		{"a GPU has what is asked for", config.CUDA, 32, 2, 32, 32},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			asked := config.Model{BatchSize: c.asked, CPU: &config.CPUOptions{Threads: c.threads}}
			if got, want := batchSizes(c.device, asked, base), (map[Tower]int{Text: c.text, Vision: c.vision}); !maps.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}

func TestUsualBatch(t *testing.T) {
	t.Parallel()
	sizes := map[Tower]int{Text: 4, Vision: 1}
	for device, want := range map[config.Device]map[Tower]int{
		config.CPU:  {Text: 2, Vision: 1},
		config.CUDA: sizes,
	} {
		m := &Model{device: device, batchSizes: sizes}
		for tower, n := range want {
			if got := m.UsualBatch(tower); got != n {
				t.Errorf("%s, %s: %d, want %d", device, tower, got, n)
			}
		}
	}
}
