// Command limit measures what the server takes beyond ONNX Runtime itself, and
// prints it as a section of BENCHMARKS.md:
//
//	go run ./inference/limit -rsclip ./rsclip -data PICTURES MODEL_FOLDER...
//
// Each tower of each model folder runs bare, in batches as large as the
// server's, and in turn `rsclip serve`, in a process of its own, is saturated by
// a closed loop from this one. All share the cores, the load generator too.
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
	"syscall"
	"time"

	"github.com/seed-74198975/rsclip/inference/loadgen"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/modeldir"
)

func main() {
	program := flag.String("rsclip", "./rsclip", "`program` that serves")
	data := flag.String("data", "", "`folder` of JPEG files")
	rounds := flag.Int("rounds", 3, "turns of bare runs and the server, of which the medians count")
	duration := flag.Duration("duration", 8*time.Second, "`time` of each measurement")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *program, *data, *rounds, *duration, flag.Args()); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "limit:", err)
		os.Exit(1)
	}
}

const heading = `## The server against ONNX Runtime

` + "`go run ./inference/limit -data PICTURES MODEL_FOLDER...`" + `

%s, %d cores, ONNX Runtime %s.

"Bare" is a loop of ONNX Runtime calls with memory bound once and the server's session options; "server" is a
saturated ` + "`rsclip serve`" + ` that gets one text or JPEG a request from 16 clients, whose own time on the same cores is the
generator's. Alone, requests come one at a time: what is added is their mean time less that of the run and the
preparation of a picture, by the server's own clocks. Rates are items a second, medians of %d turns.

| model | tower | batch | bare | server | ratio | batch in it | generator, of the cores | bare, batch of 1 | a request alone | run in it | preparation | added |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
`

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
	work, err := os.MkdirTemp("", "limit")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	_, _ = fmt.Fprintf(stdout, heading, loadgen.Processor(), runtime.NumCPU(), model.RuntimeVersion(), rounds)
	for _, dir := range dirs {
		if err := measure(ctx, stdout, program, dir, work, files, rounds, duration); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
	}
	return nil
}

// measure measures the towers of one model folder.
func measure(ctx context.Context, stdout io.Writer, program, dir, work string, files [][]byte, rounds int, duration time.Duration) error {
	metadata, err := modeldir.Read(dir)
	if err != nil {
		return err
	}
	s, err := serve(ctx, program, dir, work)
	if err != nil {
		return err
	}
	defer s.stop()
	for _, tower := range model.Towers {
		target := loadgen.Target{URL: root, Protocol: loadgen.OpenAI, Model: metadata.Name, Items: 1, Distinct: true}
		if tower == model.Text {
			target.Texts = []string{"a remote sensing image of a harbour with many boats next to storage tanks"}
		} else {
			target.Files = files
		}
		b, err := openBare(dir, metadata, tower, runtime.GOMAXPROCS(0))
		if err != nil {
			return err
		}
		var turns []turn
		for range rounds {
			t, err := compare(ctx, b, tower, &target, duration)
			if err != nil {
				return err
			}
			turns = append(turns, t)
		}
		b.close()
		median := func(of func(turn) float64) float64 {
			values := make([]float64, len(turns))
			for i, t := range turns {
				values[i] = of(t)
			}
			slices.Sort(values)
			return values[len(values)/2]
		}
		_, _ = fmt.Fprintf(stdout, "| %s %s | %s | %d | %.2f | %.2f | %.3f | %.2f | %.1f %% | %.1f ms | %.1f ms | %.1f ms | %.2f ms | %.2f ms |\n",
			metadata.Name, metadata.Precision, tower, batch(),
			median(func(t turn) float64 { return t.bare }), median(func(t turn) float64 { return t.server }),
			median(func(t turn) float64 { return t.server / t.bare }), median(func(t turn) float64 { return t.batch }),
			100*median(func(t turn) float64 { return t.generator }), 1000*median(func(t turn) float64 { return t.bareAlone }),
			1000*median(func(t turn) float64 { return t.alone }), 1000*median(func(t turn) float64 { return t.run }),
			1000*median(func(t turn) float64 { return t.preparation }), 1000*median(func(t turn) float64 { return t.alone - t.run - t.preparation }))
	}
	return nil
}

// batch is the server's largest batch on a CPU.
func batch() int { return 2 * runtime.GOMAXPROCS(0) }

// turn is one turn of one tower: items a second, and seconds.
type turn struct {
	bare, server, batch float64
	generator           float64 // part of all cores' time that this process took
	bareAlone           float64
	alone               float64 // of a request
	run, preparation    float64 // of it
}

func compare(ctx context.Context, b *bare, tower model.Tower, target *loadgen.Target, duration time.Duration) (t turn, err error) {
	seconds, err := b.run(batch(), duration)
	if err != nil {
		return t, err
	}
	t.bare = float64(batch()) / seconds
	if t.bareAlone, err = b.run(1, duration/2); err != nil {
		return t, err
	}
	const clients = 16
	before := cpuTime()
	start := time.Now()
	full, stages, err := load(ctx, tower, target, loadgen.Plan{Arrivals: loadgen.Closed, Clients: clients, Duration: duration, WarmUp: duration / 4, Timeout: 2 * time.Minute})
	if err != nil {
		return t, err
	}
	t.generator = (cpuTime() - before).Seconds() / time.Since(start).Seconds() / float64(runtime.NumCPU())
	t.server, t.batch = full.PerSecond, stages[""].total/stages[""].count
	one, stages, err := load(ctx, tower, target, loadgen.Plan{Arrivals: loadgen.Closed, Clients: 1, Duration: duration / 2, Timeout: 2 * time.Minute})
	if err != nil {
		return t, err
	}
	mean := func(stage string) float64 { return stages[stage].total / max(1, stages[stage].count) }
	t.alone, t.run = one.Latency.Mean/1000, mean("infer")
	t.preparation = mean("decode") + mean("preprocess") + mean("tokenize")
	return t, nil
}

// load puts a load on the server, and returns what its histograms saw of it.
func load(ctx context.Context, tower model.Tower, target *loadgen.Target, plan loadgen.Plan) (*loadgen.Report, map[string]sum, error) {
	before, err := seen(ctx, tower)
	if err != nil {
		return nil, nil, err
	}
	send, err := target.Sender(plan.Clients)
	if err != nil {
		return nil, nil, err
	}
	report, err := loadgen.Run(ctx, plan, send)
	if err != nil {
		return nil, nil, err
	}
	if report.Failed() > 0 || report.Requests == 0 {
		return nil, nil, fmt.Errorf("of %d requests to the server, %d failed: %v", report.Requests, report.Failed(), report.Outcomes)
	}
	after, err := seen(ctx, tower)
	for stage, s := range after {
		after[stage] = sum{s.count - before[stage].count, s.total - before[stage].total}
	}
	return report, after, err
}

// cpuTime is the time that this process has kept cores busy.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
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
