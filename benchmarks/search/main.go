// Command search makes an index of vectors that no model has made, and times exact
// searches of it. Compare.py beside it runs it and its peers on the same vectors.
//
//	go run ./benchmarks/search -work FOLDER -rows 1000000 -dimensions 1024 -make
//	go run ./benchmarks/search -work FOLDER -queries 50
//	go run ./benchmarks/search -work FOLDER -together 8
//	go run ./benchmarks/search -work FOLDER -engine weaviate://HOST -fill
//	go run ./benchmarks/search -work FOLDER -engine weaviate://HOST
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/seed-74198975/rsclip/inference/scan"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

const (
	shardRows = 10_000
	clusters  = 2000
	modelHash = "benchmark"
	spread    = 1.2 // of the rows around their centres
)

func main() {
	work := flag.String("work", "", "`folder` of the index")
	rows := flag.Int("rows", 1_000_000, "tiles to make")
	dimensions := flag.Int("dimensions", 1024, "numbers of an embedding")
	making := flag.Bool("make", false, "make the index, and search nothing")
	queries := flag.Int("queries", 50, "searches to time")
	together := flag.Int("together", 0, "time so many searches at once, and one after another, instead")
	address := flag.String("engine", "", "`address` of a search engine, to search it and the index in turns instead")
	filling := flag.Bool("fill", false, "fill the engine with the tiles of the index, and search nothing")
	flag.Parse()
	var err error
	switch {
	case *work == "":
		err = errors.New("-work is missing")
	case *making:
		err = makeIndex(*work, *rows, *dimensions)
	case *filling:
		err = withBoth(*work, *address, fillEngine)
	case *address != "":
		err = withBoth(*work, *address, func(x *search.Index, remote search.Remote, dimensions int) error {
			return measureEngine(x, remote, dimensions, *queries)
		})
	case *together > 0:
		err = measureTogether(*work, *together)
	default:
		err = measure(*work, *queries)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "search:", err)
		os.Exit(1)
	}
}

// vectors gives rows that lie in clusters, as embeddings do, all the same in each run.
type vectors struct {
	random  *rand.Rand
	centres [][]float32
}

func newVectors(dimensions int) *vectors {
	v := &vectors{random: rand.New(rand.NewPCG(1, 2))} //nolint:gosec // The same in each run.
	for range clusters {
		centre := make([]float32, dimensions)
		for i := range centre {
			centre[i] = v.random.Float32() - 0.5
		}
		v.centres = append(v.centres, centre)
	}
	return v
}

// row returns a row, or a query, which is near its centre.
func (v *vectors) row(noise float32) []float32 {
	out := slices.Clone(v.centres[v.random.IntN(clusters)])
	var square float64
	for i := range out {
		out[i] += noise * (v.random.Float32() - 0.5)
		square += float64(out[i]) * float64(out[i])
	}
	for i := range out {
		out[i] /= float32(math.Sqrt(square))
	}
	return out
}

// makeIndex writes tables and vectors. The tables have embeddings of one number, since
// a server reads those of the files of vectors.
func makeIndex(folder string, rows, dimensions int) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	v := newVectors(dimensions)
	for from := 0; from < rows; from += shardRows {
		var some [][]float32
		var tiles []table.Row
		for i := from; i < min(rows, from+shardRows); i++ {
			some = append(some, v.row(spread))
			tiles = append(tiles, table.Row{Embedding: []float32{1}, Tile: tileOf(i)})
		}
		name := filepath.Join(folder, fmt.Sprintf("shard-%06d", from/shardRows))
		if err := errors.Join(scan.Write(name+".vectors", some), table.Write(name+".parquet", tiles, table.Metadata{Model: modelHash, ModelSHA256: modelHash, Dimensions: 1, Run: "r", Rows: len(tiles)})); err != nil {
			return err
		}
	}
	return nil
}

// tileOf is the tile of a row, which its datetime tells.
func tileOf(row int) table.Tile {
	x, y := -180+float64(row%36_000)/100, -80+float64(row/36_000)/100
	corners := [][2]float64{{x, y}, {x + 0.011, y}, {x + 0.011, y + 0.011}, {x, y + 0.011}}
	taken, cell := int64(row)*1000, fmt.Sprint(row%997)
	return table.Tile{
		ID: uuid.NewSHA1(uuid.Nil, []byte(strconv.Itoa(row))).String(), Source: "scene-" + strconv.Itoa(row/100) + ".tif", PixelBBox: table.Window{X: int32(row % 100), Width: 256, Height: 256}, //nolint:gosec // Below 100.
		Geometry: table.Polygon(corners), BBox: table.Bounds(corners), Datetime: &taken, GridCell: &cell, CloudCover: new(float64),
	}
}

// rowsOf are the rows of hits.
func rowsOf(hits []search.Hit) []int {
	rows := make([]int, len(hits))
	for i, h := range hits {
		rows[i] = int(*h.Datetime / 1000)
	}
	return rows
}

// result is what a run prints, as JSON.
type result struct {
	Tiles       int
	OpenSeconds float64     // until a search can be answered
	OpenCPU     float64     // seconds of all cores, which tell more on a busy machine
	Seconds     []float64   // of each search
	CPU         float64     // seconds of all cores, of a search on average
	Queries     [][]float32 // that were searched
	Rows        [][]int     // that each has found, the best first
	AnonMiB     int         // resident beside files, at the end
}

// warm are queries for the page cache.
const warm = 3

// measure opens the index and searches it.
func measure(folder string, queries int) error {
	start := time.Now()
	x, err := search.Open(folder, modelHash)
	if err != nil {
		return err
	}
	out := result{Tiles: x.Len(), OpenSeconds: time.Since(start).Seconds(), OpenCPU: cpuSeconds()}
	dimensions, err := dimensionsOf(folder)
	if err != nil {
		return err
	}
	v := newVectors(dimensions)
	for n := range warm + queries {
		query := v.row(0.6)
		start, before := time.Now(), cpuSeconds()
		hits, _, err := x.Search(context.Background(), queryOf(query))
		if err != nil {
			return err
		}
		if n < warm {
			continue
		}
		out.Seconds = append(out.Seconds, time.Since(start).Seconds())
		out.CPU += (cpuSeconds() - before) / float64(queries)
		out.Queries, out.Rows = append(out.Queries, query), append(out.Rows, rowsOf(hits))
	}
	if out.AnonMiB, err = anonymousMiB(); err != nil {
		return err
	}
	return errors.Join(json.NewEncoder(os.Stdout).Encode(out), x.Close())
}

// dimensionsOf are the numbers of an embedding, which the tables do not have.
func dimensionsOf(folder string) (int, error) {
	vectors, err := scan.Open(filepath.Join(folder, "shard-000000.vectors"))
	if err != nil {
		return 0, err
	}
	return vectors.Dimensions(), vectors.Close()
}

func queryOf(vector []float32) search.Query {
	return search.Query{Vector: vector, TopK: 10, Overlap: 1, MinSimilarity: -1}
}

// measureTogether searches for some queries one after another and at once, in turns, so
// that a machine that gets busy slows down both.
func measureTogether(folder string, queries int) error {
	x, err := search.Open(folder, modelHash)
	if err != nil {
		return err
	}
	dimensions, err := dimensionsOf(folder)
	if err != nil {
		return err
	}
	v := newVectors(dimensions)
	all := make([]search.Query, queries)
	for n := range all {
		all[n] = queryOf(v.row(0.6))
	}
	var shared, scans float64
	var mu sync.Mutex
	x.Observe = func(_ context.Context, s search.Scan) {
		mu.Lock()
		defer mu.Unlock()
		shared, scans = shared+s.Queries, scans+1
	}
	var seconds, used [2][]float64
	for round := range warm + 10 {
		for kind, atOnce := range []int{1, queries} {
			shared, scans = 0, 0
			var group errgroup.Group
			group.SetLimit(atOnce)
			start, before := time.Now(), cpuSeconds()
			for _, q := range all {
				group.Go(func() error {
					_, _, err := x.Search(context.Background(), q)
					return err
				})
			}
			if err := group.Wait(); err != nil {
				return err
			}
			if round >= warm {
				seconds[kind] = append(seconds[kind], time.Since(start).Seconds())
				used[kind] = append(used[kind], cpuSeconds()-before)
			}
		}
	}
	for kind, name := range []string{"one after another", "at once"} {
		fmt.Printf("%d searches of %d tiles %s: median %.0f ms, processor's time %.0f ms\n", queries, x.Len(), name, 1e3*median(seconds[kind]), 1e3*median(used[kind]))
	}
	fmt.Printf("at once they take %.2f of the time and %.2f of the processor's; a scan was shared by %.1f\n",
		median(seconds[1])/median(seconds[0]), median(used[1])/median(used[0]), shared/scans)
	return x.Close()
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// cpuSeconds is what the process has computed.
func cpuSeconds() float64 {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return math.NaN()
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// anonymousMiB is the memory that is resident and no file's.
func anonymousMiB() (int, error) {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "RssAnon:"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			return kib >> 10, err
		}
	}
	return 0, errors.New("/proc/self/status has no RssAnon")
}
