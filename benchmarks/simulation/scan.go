package main

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

// mostScans is how many searches are measured at once.
const mostScans = 8

// scanning is the scan of an index in simulated time: it goes in a circle, and a search
// that comes gets on where it is and off when it has been around.
type scanning struct {
	times  []float64 // of a scan that 1, 2, 3... searches share
	riders []rider
	moved  float64 // when the riders' ways were these
}

// rider is a search, and the part of the circle that it has before it.
type rider struct{ arrived, run, left float64 }

// around is the time of a scan for as many as there are.
func (s *scanning) around() float64 {
	n, most := len(s.riders), len(s.times)
	if n > most {
		return s.times[most-1] * float64(n) / float64(most)
	}
	return s.times[n-1]
}

// next returns when the next gets off, if any is there.
func (s *scanning) next() (float64, bool) {
	if len(s.riders) == 0 {
		return 0, false
	}
	return s.moved + s.riders[0].left*s.around(), true // They get off in the order in which they got on.
}

// move takes all so far.
func (s *scanning) move(now float64) {
	if len(s.riders) > 0 {
		way := (now - s.moved) / s.around()
		for i := range s.riders {
			s.riders[i].left -= way
		}
	}
	s.moved = now
}

// mount lets a search get on, whose text or picture has been embedded.
func (s *scanning) mount(now, arrived, run float64) {
	s.move(now)
	s.riders = append(s.riders, rider{arrived, run, 1})
}

// dismount lets the first get off.
func (s *scanning) dismount(now float64) rider {
	s.move(now)
	first := s.riders[0]
	s.riders = s.riders[1:]
	return first
}

// scans measures searches of an index, of whichever model, so many at once.
func scans(ctx context.Context, folder string, seconds float64) (times []float64, err error) {
	files, err := search.Files(folder)
	if err != nil {
		return nil, err
	}
	first := filepath.Join(folder, "shard-000000.parquet") // For what is said if there is none.
	if len(files) > 0 {
		first = files[0].Path
	}
	m, err := table.ReadMetadata(first)
	if err != nil {
		return nil, err
	}
	x, err := search.Open(folder, m.ModelSHA256)
	if err != nil {
		return nil, err
	}
	defer func() { _ = x.Close() }()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // The same in each run.
	for n := 1; n <= mostScans; n++ {
		var took []float64
		for began := time.Now(); len(took) < 3 || time.Since(began).Seconds() < seconds; {
			var group errgroup.Group
			start := time.Now()
			for range n {
				q := search.Query{Vector: make([]float32, m.Dimensions), TopK: 10, Overlap: 1, MinSimilarity: -1}
				for i := range q.Vector {
					q.Vector[i] = float32(random.NormFloat64())
				}
				group.Go(func() error { _, _, err := x.Search(ctx, q); return err })
			}
			if err := group.Wait(); err != nil {
				return nil, err
			}
			took = append(took, time.Since(start).Seconds())
		}
		slices.Sort(took)
		times = append(times, took[len(took)/2])
	}
	return times, nil
}
