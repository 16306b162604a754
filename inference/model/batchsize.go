package model

import (
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// positionsAThread are the rows, tokens or patches, that a full batch has at
// least for each of a CPU's threads, where that many are asked for. With more
// hardly more is done in a second, and all in a batch wait for the whole of it.
// Source: BenchmarkBatches in docs/benchmarks.md: by runs of two, two threads embed
// 11 % more texts of 64 tokens than by runs of one, by four 7 % more again, and
// by eight 2 %; pictures of 196 patches, by runs of two 3 % more, then less.
const positionsAThread = 128

// batchSizes returns the most items that one run of each tower takes: what is
// asked for, and on a CPU no more than is worth waiting for.
func batchSizes(device config.Device, c config.Model, d *modelfolder.Metadata) map[Tower]int {
	sizes := make(map[Tower]int, len(Towers))
	for t, n := range positions(d) {
		sizes[t] = c.BatchSize
		if device == config.CPU {
			sizes[t] = min(c.BatchSize, (threads(c)*positionsAThread+n-1)/n)
		}
	}
	return sizes
}

// positions are the rows, tokens or patches, of an item of each tower.
func positions(d *modelfolder.Metadata) map[Tower]int {
	return map[Tower]int{
		Text:   d.Text.Positions,
		Vision: (d.Vision.Height / d.Vision.Patch) * (d.Vision.Width / d.Vision.Patch),
	}
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

// sharing is how the runs of a tower share a device. A run that has a CPU to itself
// has all its threads, and ends the sooner. Runs beside each other have one each, and
// do more in all: none waits for its threads at the end of each operator.
type sharing struct {
	runs   int // at most at a time
	crowd  int // items that wait when runs begin beside each other
	beside int // most items in a run beside others; 0 means as in one alone
}

// sharings returns how the runs of each tower share a device. While a GPU computes one,
// the next is copied there.
// Source: BenchmarkSharing in docs/benchmarks.md: two runs of one thread each do 5 to
// 17 % more than one of both.
func sharings(device config.Device, c config.Model, d *modelfolder.Metadata) map[Tower]sharing {
	all := make(map[Tower]sharing, len(Towers))
	for t, n := range positions(d) {
		switch runs := threads(c); {
		case device != config.CPU:
			all[t] = sharing{runs: 2}
		case runs == 1:
			all[t] = sharing{runs: 1}
		default:
			beside := min(c.BatchSize, (2*positionsAThread+n-1)/n)
			// So many that all threads have something to do for a while.
			crowd := runs * max(2, beside/2)
			all[t] = sharing{runs: runs, beside: beside, crowd: min(crowd, c.Queue().Items)}
		}
	}
	return all
}
