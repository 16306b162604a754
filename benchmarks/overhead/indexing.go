package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/seed-74198975/rsclip/internal/contract"
)

// indexed has `rsclip index` embed whole pictures, and in turn runs as many bare. What
// an item costs is what a run of many takes beyond a run of few, so that starts do not
// count.
func indexed(ctx context.Context, b *bare, program, dir string, files [][]byte, most, rounds int, duration time.Duration) (turns []turn, err error) {
	work, err := os.MkdirTemp("", "overhead")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	first, _, err := b.beside(max(1, 2*most/b.threads), duration)
	if err != nil {
		return nil, err
	}
	few := 4 * most
	many := few + int(math.Ceil(10*duration.Seconds()/first.seconds))
	for _, n := range []int{few, many} {
		if err := writePictures(filepath.Join(work, strconv.Itoa(n)), files, n); err != nil {
			return nil, err
		}
	}
	index := func(n int) (c cost, err error) {
		out := filepath.Join(work, "index")
		defer func() { _ = os.RemoveAll(out) }()
		args := []string{
			contract.Index, "-model", dir, "-device", "cpu", contract.Flag(contract.ImagesFlag, filepath.Join(work, strconv.Itoa(n))),
			contract.Flag(contract.TileFlag, "0"), contract.Flag(contract.OutFlag, out),
		}
		command := exec.CommandContext(ctx, program, args...) //nolint:gosec // The caller's program.
		start := time.Now()
		said, err := command.CombinedOutput()
		if err != nil {
			return c, fmt.Errorf("rsclip index: %w: %s", err, said)
		}
		state := command.ProcessState
		return cost{time.Since(start).Seconds(), (state.UserTime() + state.SystemTime()).Seconds()}, nil
	}
	for range rounds {
		var t turn
		if t.bare, _, err = b.beside(max(1, 2*most/b.threads), 5*duration); err != nil {
			return nil, err
		}
		less, err := index(few)
		if err != nil {
			return nil, err
		}
		more, err := index(many)
		if err != nil {
			return nil, err
		}
		items := float64(many - few)
		t.server = cost{(more.seconds - less.seconds) / items, (more.cpu - less.cpu) / items}
		turns = append(turns, t)
	}
	return turns, nil
}

// writePictures writes n files, one after another of some, into a new folder.
func writePictures(folder string, files [][]byte, n int) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	for i := range n {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%06d.jpg", i)), files[i%len(files)], 0o600); err != nil {
			return err
		}
	}
	return nil
}
