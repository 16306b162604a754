package model

import (
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// positionsAThread are the rows, tokens or patches, that a full batch has at
// least for each of a CPU's threads, where that many are asked for. With more
// hardly more is done in a second, and all in a batch wait for the whole of it.
// Source: BenchmarkBatches in BENCHMARKS.md: by runs of two, two threads embed
// 11 % more texts of 64 tokens than by runs of one, by four 7 % more again, and
// by eight 2 %; pictures of 196 patches, by runs of two 3 % more, then less.
const positionsAThread = 128

// batchSizes returns the most items that one run of each tower takes: what is
// asked for, and on a CPU no more than is worth waiting for.
func batchSizes(device config.Device, c config.Model, d *modelfolder.Metadata) map[Tower]int {
	positions := map[Tower]int{
		Text:   d.Text.Positions,
		Vision: (d.Vision.Height / d.Vision.Patch) * (d.Vision.Width / d.Vision.Patch),
	}
	sizes := make(map[Tower]int, len(positions))
	for t, n := range positions {
		sizes[t] = c.BatchSize
		if device == config.CPU {
			sizes[t] = min(c.BatchSize, (threads(c)*positionsAThread+n-1)/n)
		}
	}
	return sizes
}

// UsualBatch returns the most items that one run of a tower takes while few
// wait: on a CPU half as many as at most, where a full run does little more in a
// second.
func (m *Model) UsualBatch(t Tower) int {
	if m.device == config.CPU {
		return (m.batchSizes[t] + 1) / 2
	}
	return m.batchSizes[t]
}
