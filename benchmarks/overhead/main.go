// Command overhead measures what the server takes beyond ONNX Runtime itself, and
// prints it as a section of docs/benchmarks.md:
//
//	go run ./benchmarks/overhead -rsclip ./rsclip -data PICTURES MODEL_FOLDER...
//
// Each tower of each model folder runs bare, in the way that does most, and in
// turn `rsclip serve`, in a process of its own, is saturated by a closed loop from
// this one. Turns are of a moment each, so that a machine whose speed drifts is as
// fast for both; the load generator shares the cores.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/seed-74198975/rsclip/inference/loadgen"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/internal/served"
)

func main() {
	program := flag.String("rsclip", "./rsclip", "`program` that serves")
	data := flag.String("data", "", "`folder` of JPEG files")
	rounds := flag.Int("rounds", 9, "turns of bare runs and the server, of which the medians count")
	duration := flag.Duration("duration", time.Second, "least `time` of a turn of either")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *program, *data, *rounds, *duration, flag.Args()); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "overhead:", err)
		os.Exit(1)
	}
}

const heading = `## The server against ONNX Runtime

` + "`go run ./benchmarks/overhead -data PICTURES MODEL_FOLDER...`" + `

%s, %d cores, ONNX Runtime %s; medians of %d rounds.

"Bare" are loops of ONNX Runtime calls with memory bound once and the server's session options, as many at once as there are threads, of one thread each,
which does more than one of all; "server" is ` + "`rsclip serve`" + `. Saturated, it gets one text or JPEG a request from %d clients, or three for each item of a batch.
In each round some items run bare, and as many in the server, which is stopped meanwhile and has the machine to itself then; the ratio is of one round. The clients run on the same cores, and take the part of them that the table
shows. CPU time is that of all cores for one item, without the clients.

| model | tower | batch | bare, items a second | server | ratio | clients, of the cores | CPU of an item, bare | server |
|---|---|---|---|---|---|---|---|---|
%s
Alone, requests come one at a time: what is added is their time less that of the run and of the preparation. The server adds what its own clocks show,
from a request's header to the end of the answer; the client and the connection add the rest.

| model | tower | bare, batch of 1 | a request | its run | its preparation | added | by the server |
|---|---|---|---|---|---|---|---|
%s
"Index" is ` + "`rsclip index`" + ` of these pictures, each whole, as many as take ten seconds, beyond a run of few. In each round it follows bare runs.

| model | tower | batch | bare, items a second | index | ratio | CPU of an item, bare | index |
|---|---|---|---|---|---|---|---|
%s`

// leastClients saturate the server, and more where batches are large: while one
// runs, twice as many wait, of which a run on a CPU takes half.
const leastClients = 16

func run(ctx context.Context, stdout io.Writer, program, data string, rounds int, duration time.Duration, dirs []string) error {
	if data == "" || len(dirs) == 0 {
		return errors.New("name a folder of pictures with -data, and model folders")
	}
	if err := model.LoadRuntime(); err != nil {
		return err
	}
	files, err := pictures(data)
	if err != nil {
		return err
	}
	var saturated, alone, indexes strings.Builder
	for _, dir := range dirs {
		towers, err := measure(ctx, program, dir, files, rounds, duration)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		for _, t := range towers {
			saturated.WriteString(t.saturatedRow())
			alone.WriteString(t.aloneRow())
			indexes.WriteString(t.indexedRow())
		}
	}
	_, err = fmt.Fprintf(stdout, heading, loadgen.Processor(), runtime.NumCPU(), model.RuntimeVersion(), rounds, leastClients, &saturated, &alone, &indexes)
	return err
}

// measured is what was measured of a tower.
type measured struct {
	name      string // the model's, its precision, and the tower's
	batch     int    // the most items of a run
	saturated []turn
	alone     []request
	indexed   []turn // of pictures
}

func (m measured) saturatedRow() string {
	of := func(value func(turn) float64) float64 { return median(m.saturated, value) }
	return fmt.Sprintf("| %s | %d | %.2f | %.2f | %.3f | %.1f %% | %.1f ms | %.1f ms |\n", m.name, m.batch,
		of(func(t turn) float64 { return 1 / t.bare.seconds }), of(func(t turn) float64 { return 1 / t.server.seconds }),
		of(func(t turn) float64 { return t.bare.seconds / t.server.seconds }), 100*of(func(t turn) float64 { return t.clients }),
		1000*of(func(t turn) float64 { return t.bare.cpu }), 1000*of(func(t turn) float64 { return t.server.cpu }))
}

func (m measured) indexedRow() string {
	if len(m.indexed) == 0 {
		return ""
	}
	of := func(value func(turn) float64) float64 { return median(m.indexed, value) }
	return fmt.Sprintf("| %s | %d | %.2f | %.2f | %.3f | %.1f ms | %.1f ms |\n", m.name, m.batch,
		of(func(t turn) float64 { return 1 / t.bare.seconds }), of(func(t turn) float64 { return 1 / t.server.seconds }),
		of(func(t turn) float64 { return t.bare.seconds / t.server.seconds }),
		1000*of(func(t turn) float64 { return t.bare.cpu }), 1000*of(func(t turn) float64 { return t.server.cpu }))
}

func (m measured) aloneRow() string {
	ms := func(value func(request) float64) float64 { return 1000 * median(m.alone, value) }
	return fmt.Sprintf("| %s | %.1f ms | %.1f ms | %.1f ms | %.2f ms | %.2f ms | %.2f ms |\n", m.name,
		ms(func(r request) float64 { return r.bare }), ms(func(r request) float64 { return r.whole }), ms(func(r request) float64 { return r.run }),
		ms(func(r request) float64 { return r.preparation }), ms(func(r request) float64 { return r.whole - r.run - r.preparation }),
		ms(func(r request) float64 { return r.inside - r.run - r.preparation }))
}

// measure measures the towers of one model folder.
func measure(ctx context.Context, program, dir string, files [][]byte, rounds int, duration time.Duration) (towers []measured, err error) {
	metadata, err := modelfolder.Read(dir)
	if err != nil {
		return nil, err
	}
	s, err := served.Start(ctx, program, dir, 0)
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	most, err := batches(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, tower := range model.Towers {
		target := loadgen.Target{URL: s.URL, Protocol: loadgen.OpenAI, Model: metadata.Name, Items: 1, Distinct: true}
		if tower == model.Text {
			target.Texts = []string{"a remote sensing image of a harbour with many boats next to storage tanks"}
		} else {
			target.Files = files
		}
		b, err := openBare(dir, metadata, tower, runtime.GOMAXPROCS(0))
		if err != nil {
			return nil, err
		}
		t := measured{name: fmt.Sprintf("%s %s | %s", metadata.Name, metadata.Precision, tower), batch: most[tower]}
		if t.saturated, err = saturate(ctx, b, s, &target, most[tower], rounds, duration); err != nil {
			return nil, err
		}
		if t.alone, err = lonely(ctx, b, s, tower, &target, rounds, duration); err != nil {
			return nil, err
		}
		if tower == model.Vision {
			// The server would take part of the cores for its own.
			if err := s.Signal(syscall.SIGSTOP); err != nil {
				return nil, err
			}
			t.indexed, err = indexed(ctx, b, program, dir, files, most[tower], min(rounds, 3), duration)
			if err := errors.Join(err, s.Signal(syscall.SIGCONT)); err != nil {
				return nil, err
			}
		}
		b.close()
		towers = append(towers, t)
	}
	return towers, nil
}

// median is that of a figure of every round.
func median[T any](rounds []T, figure func(T) float64) float64 {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = figure(r)
	}
	slices.Sort(values)
	return (values[len(values)/2] + values[(len(values)-1)/2]) / 2
}

// pictures reads up to 50 JPEG files below a folder.
func pictures(dir string) (files [][]byte, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.jpg"))
	deeper, _ := filepath.Glob(filepath.Join(dir, "*", "*.jpg"))
	if names = append(names, deeper...); err != nil || len(names) == 0 {
		return nil, cmp.Or(err, fmt.Errorf("%s and the folders in it hold no *.jpg", dir))
	}
	for i := 0; i < len(names); i += (len(names) + 49) / 50 {
		file, err := os.ReadFile(names[i])
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}
