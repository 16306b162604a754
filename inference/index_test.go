package main

import (
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/indexing"
)

func TestProgressLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		done    indexing.Progress
		elapsed time.Duration
		want    string
	}{
		{indexing.Progress{Sources: 10}, 2 * time.Second, "index: 0 tiles, 0.0 a second, 0 of 10 sources, 0 failed"},
		{indexing.Progress{Sources: 10, Rows: 20, Expected: 1020}, 2 * time.Second, "index: 20 tiles, 10.0 a second, 0 of 10 sources, 0 failed, about 1m40s left"},
		{indexing.Progress{Sources: 10, SourcesDone: 5, Rows: 80, Skipped: 15, Failed: 5, RowsBefore: 5000, Expected: 200}, 10 * time.Second, "index: 80 tiles, 9.5 a second, 5 of 10 sources, 5 failed, about 10s left"},
		{indexing.Progress{Sources: 10, SourcesDone: 10, Rows: 200, Expected: 200}, 10 * time.Second, "index: 200 tiles, 20.0 a second, 10 of 10 sources, 0 failed, about 0s left"},
	} {
		if got := progressLine(tt.done, tt.elapsed); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
