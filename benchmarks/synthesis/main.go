// Command synthesis measures what writing manifests costs: the time, and the
// calls into jsii's Node process, of the default app and of apps of 1 to 1,000
// services. It prints a section of Markdown.
//
//	go run ./benchmarks/synthesis
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
)

// sizes are the numbers of services of the measured apps.
var sizes = []int{1, 10, 100, 200, 1000}

// charts are the numbers of charts of the reproduction for cdk8s.
var charts = []string{"500", "1000", "2000"}

func main() {
	services := flag.Int("services", 0, "build an app of so `many` services to -outdir, instead of measuring")
	apart := flag.Bool("apart", false, "with -services: give each three charts of its own, not one to all")
	outdir := flag.String("outdir", "", "`folder` for -services")
	runs := flag.Int("runs", 3, "`times` that each app is built; the median counts")
	most := flag.Int("most", 1000, "`services` of the largest app")
	flag.Parse()
	if *services > 0 {
		constructs.Exit(constructs.Synth(*outdir, func(app cdk8s.App) { build(app, *services, *apart) }))
		return
	}
	if err := measure(context.Background(), max(1, *runs), *most); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "synthesis:", err)
		os.Exit(1)
	}
}

// build adds services, each with its autoscaler and its monitoring, to one chart,
// or apart, to charts of their own as the default app has them.
func build(app cdk8s.App, services int, apart bool) {
	one := cdk8s.NewChart(app, new("services"), nil)
	for i := range services {
		name := fmt.Sprintf("model-%03d", i)
		chart := func(part string) cdk8s.Chart {
			if !apart {
				return one
			}
			return cdk8s.NewChart(app, new(name+"-"+part), nil)
		}
		service := constructs.NewRsclipModelService(chart("service"), name+"-service", &constructs.RsclipModelServiceProps{Name: name, Namespace: name})
		constructs.NewGpuAutoscaler(chart("autoscaler"), name+"-autoscaler", &constructs.GpuAutoscalerProps{Service: service})
		constructs.NewRsclipMonitoring(chart("monitoring"), name+"-monitoring", &constructs.RsclipMonitoringProps{Service: service})
	}
}

// cost is what one app costs.
type cost struct {
	seconds  float64
	calls    map[string]int // by the kind that jsii's protocol names
	manifest int            // bytes
}

// total is the number of calls of all kinds.
func (c cost) total() (n int) {
	for _, calls := range c.calls {
		n += calls
	}
	return n
}

func measure(ctx context.Context, runs, most int) error {
	sizes := slices.DeleteFunc(sizes, func(n int) bool { return n > most })
	work, err := os.MkdirTemp("", "rsclip-synthesis-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	app := filepath.Join(work, "app")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", app, ".").CombinedOutput(); err != nil { //nolint:gosec // To a folder of its own.
		return fmt.Errorf("building the app, from the root of the repository: %w: %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Printf("## Synthesis, %d cores\n\n`go run ./benchmarks/synthesis` (%s): from the start of the process to its end, median of %d; a service has its autoscaler and its monitoring. "+
		"Calls are the requests to jsii's Node process, all of them.\n\n", runtime.NumCPU(), runtime.Version(), runs)
	fmt.Println("| app | time, s | manifests, KB | calls | of them create | invoke | get and set | others |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	row := func(name string, command ...string) (cost, error) {
		c, err := costOf(ctx, work, runs, command)
		if err != nil {
			return c, fmt.Errorf("building %s: %w", name, err)
		}
		create, invoke, access := c.calls["create"], c.calls["invoke"]+c.calls["sinvoke"], c.calls["get"]+c.calls["set"]+c.calls["sget"]+c.calls["sset"]
		fmt.Printf("| %s | %.2f | %d | %d | %d | %d | %d | %d |\n", name, c.seconds, c.manifest/1000, c.total(), create, invoke, access, c.total()-create-invoke-access)
		return c, nil
	}
	if _, err := row("the default", app, "-outdir"); err != nil {
		return err
	}
	var growth []string
	for _, layout := range []struct {
		name, flag string
	}{{"in one chart", "-apart=false"}, {"in charts of their own", "-apart"}} {
		var last cost
		for i, n := range sizes {
			c, err := row(fmt.Sprintf("services: %d, %s", n, layout.name), self, "-services", fmt.Sprint(n), layout.flag, "-outdir")
			if err != nil {
				return err
			}
			if i > 0 {
				added := float64(n - sizes[i-1])
				growth = append(growth, fmt.Sprintf("%.1f calls and %.0f ms from %d to %d services %s",
					float64(c.total()-last.total())/added, 1000*(c.seconds-last.seconds)/added, sizes[i-1], n, layout.name))
			}
			last = c
		}
	}
	fmt.Printf("\nA further service costs %s.\n", strings.Join(growth, ", "))
	return reproduce(ctx)
}

// reproduce measures cdk8s without Go and this project's constructs.
func reproduce(ctx context.Context) error {
	program := filepath.Join("benchmarks", "synthesis", "charts.js")
	out, err := exec.CommandContext(ctx, "node", append([]string{program}, charts...)...).Output() //nolint:gosec // Of this repository.
	if err != nil {
		return fmt.Errorf("running %s: %w", program, err)
	}
	var version string
	var took []string
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var of struct {
			Version        string
			Charts         int
			Files, Folders float64
		}
		if err := decoder.Decode(&of); err != nil {
			return err
		}
		version, took = of.Version, append(took, fmt.Sprintf("%d charts %.1f and %.1f s", of.Charts, of.Files, of.Folders))
	}
	fmt.Printf("\nIn one chart the time grows as the services do. In charts of their own it grows faster, since cdk8s %s resolves the dependencies of the whole app, and validates all of it, once more for each chart that becomes a file (`chart.toJson()` in `App.synth`). "+
		"It need not: of a chart that becomes a folder it takes the chart's own objects. `node %s %s`, the reproduction for cdk8s alone with three objects a chart, by CPU time, as files and as folders: %s. "+
		"Until that is mended upstream, put many services in one chart, or in apps of their own.\n", version, program, strings.Join(charts, " "), strings.Join(took, "; "))
	return nil
}

// costOf runs a command, which builds an app to the folder that is its last
// argument, some times. What jsii is asked passes through tee, which counts for
// nothing beside the rest.
func costOf(ctx context.Context, work string, runs int, command []string) (c cost, err error) {
	// What jsii runs as Node writes down each request, a line of JSON, that passes.
	out, log, node := filepath.Join(work, "out"), filepath.Join(work, "requests"), filepath.Join(work, "node")
	if err := os.WriteFile(node, []byte("#!/bin/sh\ntee \"$SYNTHCOST_LOG\" | node \"$@\"\n"), 0o700); err != nil {
		return c, err
	}
	var times []float64
	for range runs {
		start := time.Now()
		child := exec.CommandContext(ctx, command[0], append(command[1:len(command):len(command)], out)...) //nolint:gosec // This program, or the app.
		child.Env = append(os.Environ(), "JSII_NODE="+node, "SYNTHCOST_LOG="+log)
		if output, err := child.CombinedOutput(); err != nil {
			return c, fmt.Errorf("%w: %s", err, output)
		}
		times = append(times, time.Since(start).Seconds())
	}
	slices.Sort(times)
	c.seconds = times[len(times)/2]
	if c.calls, err = countRequests(log); err != nil {
		return c, err
	}
	manifests, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil {
		return c, err
	}
	for _, name := range manifests {
		info, err := os.Stat(name)
		if err != nil {
			return c, err
		}
		c.manifest += int(info.Size())
	}
	return c, os.RemoveAll(out)
}

// countRequests counts the requests of a log by kind.
func countRequests(log string) (map[string]int, error) {
	f, err := os.Open(log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	calls := make(map[string]int)
	lines := bufio.NewReader(f)
	for decoder := json.NewDecoder(lines); decoder.More(); {
		var request struct {
			API string `json:"api"`
		}
		if err := decoder.Decode(&request); err != nil {
			return nil, fmt.Errorf("reading what jsii was asked: %w", err)
		}
		calls[request.API]++
	}
	return calls, nil
}
