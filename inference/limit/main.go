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
	"strings"
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

%s, %d cores, ONNX Runtime %s; medians of %d turns.

"Bare" is a loop of ONNX Runtime calls with memory bound once and the server's session options; "server" is ` + "`rsclip serve`" + `.
Saturated, it gets one text or JPEG a request from %d clients. These run on the same cores, and take the part of them that the
table shows. CPU time is that of all cores for one item, without the clients.

| model | tower | batch | bare, items a second | server | ratio | batch in it | clients, of the cores | CPU of an item, bare | server |
|---|---|---|---|---|---|---|---|---|---|
%s
Alone, requests come one at a time: what is added is their mean time less that of the run and of the preparation, by the
server's own clocks.

| model | tower | bare, batch of 1 | a request | its run | its preparation | added |
|---|---|---|---|---|---|---|
%s`

// clients saturate the server: while a batch runs, others wait.
const clients = 16

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
	var saturated, alone strings.Builder
	for _, dir := range dirs {
		if err := measure(ctx, &saturated, &alone, program, dir, work, files, rounds, duration); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
	}
	_, err = fmt.Fprintf(stdout, heading, loadgen.Processor(), runtime.NumCPU(), model.RuntimeVersion(), rounds, clients, &saturated, &alone)
	return err
}

// measure measures the towers of one model folder, and writes a row of each table for each.
func measure(ctx context.Context, saturated, alone io.Writer, program, dir, work string, files [][]byte, rounds int, duration time.Duration) error {
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
			t, err := compare(ctx, b, s, tower, &target, duration)
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
			return (values[len(values)/2] + values[(len(values)-1)/2]) / 2
		}
		name := fmt.Sprintf("%s %s | %s", metadata.Name, metadata.Precision, tower)
		_, _ = fmt.Fprintf(saturated, "| %s | %d | %.2f | %.2f | %.3f | %.2f | %.1f %% | %.1f ms | %.1f ms |\n",
			name, batch(), median(func(t turn) float64 { return t.bare }), median(func(t turn) float64 { return t.server }),
			median(func(t turn) float64 { return t.server / t.bare }), median(func(t turn) float64 { return t.batch }),
			100*median(func(t turn) float64 { return t.clients }),
			1000*median(func(t turn) float64 { return t.bareCPU }), 1000*median(func(t turn) float64 { return t.serverCPU }))
		_, _ = fmt.Fprintf(alone, "| %s | %.1f ms | %.1f ms | %.1f ms | %.2f ms | %.2f ms |\n",
			name, 1000*median(func(t turn) float64 { return t.bareAlone }), 1000*median(func(t turn) float64 { return t.alone }),
			1000*median(func(t turn) float64 { return t.run }), 1000*median(func(t turn) float64 { return t.preparation }),
			1000*median(func(t turn) float64 { return t.alone - t.run - t.preparation }))
	}
	return nil
}

// batch is the server's largest batch on a CPU.
func batch() int { return 2 * runtime.GOMAXPROCS(0) }

// turn is one turn of one tower: items a second, and seconds.
type turn struct {
	bare, server, batch float64
	bareCPU, serverCPU  float64 // of an item
	clients             float64 // part of all cores' time that this process took meanwhile
	bareAlone, alone    float64 // a run of one item, and a request of one
	run, preparation    float64 // of that request
}

func compare(ctx context.Context, b *bare, s *server, tower model.Tower, target *loadgen.Target, duration time.Duration) (t turn, err error) {
	run, cpu, err := b.run(batch(), duration)
	if err != nil {
		return t, err
	}
	t.bare, t.bareCPU = float64(batch())/run, cpu/float64(batch())
	if t.bareAlone, _, err = b.run(1, duration/2); err != nil {
		return t, err
	}
	// A first full batch, which is slower, and must not be in the CPU's times.
	if _, _, err := load(ctx, tower, target, loadgen.Plan{Arrivals: loadgen.Closed, Clients: batch(), Requests: batch(), Duration: duration, Timeout: 2 * time.Minute}); err != nil {
		return t, err
	}
	start, mine, its := time.Now(), cpuTime(), s.cpuTime()
	full, stages, err := load(ctx, tower, target, loadgen.Plan{Arrivals: loadgen.Closed, Clients: clients, Duration: duration, Timeout: 2 * time.Minute})
	if err != nil {
		return t, err
	}
	t.clients = (cpuTime() - mine).Seconds() / time.Since(start).Seconds() / float64(runtime.NumCPU())
	t.serverCPU = (s.cpuTime() - its).Seconds() / float64(full.Requests)
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
