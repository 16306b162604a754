package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/loadgen"
)

// benchReport is what `rsclip bench -json` writes.
type benchReport struct {
	Version  string           `json:"version"`
	Go       string           `json:"go"`
	CPU      string           `json:"cpu"`
	Cores    int              `json:"cores"`
	URL      string           `json:"url"`
	Protocol loadgen.Protocol `json:"protocol"`
	Model    string           `json:"model,omitempty"`
	Texts    int              `json:"texts,omitempty"` // different ones, taken in turn
	Distinct bool             `json:"distinct"`        // texts are numbered
	Images   int              `json:"images,omitempty"`
	Items    int              `json:"items"` // of a request
	// ItemsPerSecond is of requests that went well.
	ItemsPerSecond float64 `json:"items_per_second"`
	*loadgen.Report
}

// bench is `rsclip bench`: a bounded load on a server, and what came of it.
func bench(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	var target loadgen.Target
	var plan loadgen.Plan
	flags.StringVar(&target.URL, "url", "http://127.0.0.1:8080", "`URL` of the server")
	remote := flags.Bool("allow-remote", false, "allow a server that is not on this machine")
	protocol := flags.String("protocol", string(loadgen.Predict), "predict, openai (POST /v1/embeddings) or v2 (POST /v2/models/MODEL/infer)")
	flags.StringVar(&target.Model, "model", "", "the model's `name`, for openai and v2")
	flags.StringVar(&target.Key, "key", os.Getenv("RSCLIP_API_KEY"), "API `key` (environment: RSCLIP_API_KEY)")
	texts := flags.String("texts", "", "`file` of texts, one a line; without texts and pictures, and for predict, there is one")
	repeat := flags.Bool("repeat", false, "send texts as they are; otherwise each gets a number, so that no cache knows it")
	images := flags.String("images", "", "`folder` of pictures to upload")
	urls := flags.String("image-urls", "", "`file` of addresses of pictures, one a line, for the server to fetch")
	flags.IntVar(&target.Items, "items", 1, "texts, and pictures, of one request")
	flags.Float64Var(&plan.Rate, "rate", 0, "requests to begin in a second; 0 is a closed loop")
	arrivals := flags.String("arrivals", "", "constant, poisson or closed (default poisson with a rate)")
	flags.IntVar(&plan.Clients, "clients", 0, "most requests under way at a time (default 1000 with a rate, else 8)")
	flags.IntVar(&plan.Requests, "requests", 0, "most requests to measure; 0 for no bound")
	flags.DurationVar(&plan.Duration, "duration", 10*time.Second, "time to measure")
	flags.DurationVar(&plan.WarmUp, "warm-up", time.Second, "time under the same load before")
	flags.DurationVar(&plan.Timeout, "timeout", 30*time.Second, "bound of one request, from when it is due")
	flags.Uint64Var(&plan.Seed, "seed", 1, "of poisson arrivals")
	jsonFile := flags.String("json", "", "`file` for the report in JSON")
	plotFile := flags.String("plot", "", "`file` for the latency by percentile in SVG")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	target.Protocol, target.Distinct = loadgen.Protocol(*protocol), !*repeat
	open, closed := loadgen.Poisson, loadgen.Closed
	if plan.Rate != 0 {
		plan.Arrivals, plan.Clients = cmp.Or(loadgen.Arrivals(*arrivals), open), cmp.Or(plan.Clients, 1000)
	} else {
		plan.Arrivals, plan.Clients = cmp.Or(loadgen.Arrivals(*arrivals), closed), cmp.Or(plan.Clients, 8)
	}
	if !*remote && !target.IsLocal() {
		return fmt.Errorf("the server %q is not on this machine: name it by 127.0.0.1 or localhost, or give -allow-remote where its owner agrees", target.URL)
	}
	if *texts == "" && (target.Protocol == loadgen.Predict || *images == "" && *urls == "") {
		target.Texts = []string{"a remote sensing image of river"}
	}
	var err error
	for _, list := range []struct {
		name string
		read func(name string, stdin io.Reader) ([]indexing.Source, error)
		into *[]string
	}{{*texts, indexing.Texts, &target.Texts}, {*urls, indexing.Lines, &target.URLs}} {
		if list.name == "" {
			continue
		}
		lines, err := list.read(list.name, os.Stdin)
		if err != nil {
			return err
		}
		for _, line := range lines {
			*list.into = append(*list.into, line.Name)
		}
	}
	if target.Files, err = readFolder(*images); err != nil {
		return err
	}
	send, err := target.Sender(plan.Clients)
	if err != nil {
		return err
	}
	report, err := loadgen.Run(ctx, plan, send)
	if err != nil {
		return err
	}
	items := report.PerSecond * float64(target.Items)
	if *jsonFile != "" {
		data, err := json.MarshalIndent(benchReport{
			Version: version, Go: runtime.Version(), CPU: loadgen.Processor(), Cores: runtime.NumCPU(),
			URL: target.URL, Protocol: target.Protocol, Model: target.Model,
			Texts: len(target.Texts), Distinct: target.Distinct, Images: len(target.Files) + len(target.URLs),
			Items: target.Items, ItemsPerSecond: items, Report: report,
		}, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(*jsonFile, append(data, '\n'), 0o644); err != nil { //nolint:gosec // For everyone to read.
			return err
		}
	}
	if *plotFile != "" {
		if err := os.WriteFile(*plotFile, []byte(report.SVG()), 0o644); err != nil { //nolint:gosec // For everyone to read.
			return err
		}
	}
	if err := report.Print(stdout); err != nil {
		return err
	}
	if target.Items > 1 {
		_, err = fmt.Fprintf(stdout, "items           %.1f a second, %d of a request\n", items, target.Items)
	}
	return err
}

// readFolder reads the files of a folder; no folder has none.
func readFolder(dir string) (files [][]byte, err error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, data)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("the folder %s holds no files", dir)
	}
	return files, nil
}
