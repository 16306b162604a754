package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/batch"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/model"
)

// measurement is what to measure, and how long.
type measurement struct {
	model   string
	tower   string
	picture string
	index   string
	threads int
	seconds float64 // of each size of batch
}

func (m *measurement) flags(flags *flag.FlagSet) {
	flags.StringVar(&m.model, "model", "", "model `folder`")
	flags.StringVar(&m.tower, "tower", string(model.Text), "text or vision")
	flags.StringVar(&m.picture, "picture", "inference/testdata/pictures/river-mouth-444.jpg", "`file` to decode, for vision")
	flags.StringVar(&m.index, "index", "", "`folder` of an index, if the requests are searches; it may be another model's")
	flags.IntVar(&m.threads, "threads", 0, "of a run; 0 is one for each core")
	flags.Float64Var(&m.seconds, "measure-seconds", 4, "`seconds` for each size of batch")
}

// measure is the command that prints a Pod.
func measure(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("measure", flag.ContinueOnError)
	var m measurement
	m.flags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	pod, err := m.run(ctx)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(pod, "", "  ")
	if err != nil {
		return err
	}
	fmt.Println(string(data))
	return nil
}

// run has a tower run batches of every size that it runs by all threads, on this
// machine's CPU.
func (m measurement) run(ctx context.Context) (Pod, error) {
	var mu sync.Mutex
	times := make(map[int][]float64)
	observe := func(t model.Tower, r batch.Run) {
		if string(t) == m.tower {
			mu.Lock()
			defer mu.Unlock()
			times[len(r.Items)] = append(times[len(r.Items)], r.Ended.Sub(r.Started).Seconds())
		}
	}
	c := config.DefaultModel()
	c.Device, c.CPU = config.CPU, &config.CPUOptions{Threads: m.threads}
	start := time.Now()
	served, err := model.Open(m.model, c, observe)
	if err != nil {
		return Pod{}, err
	}
	defer served.Close()
	if err := served.WarmUp(ctx); err != nil {
		return Pod{}, err
	}
	pod := Pod{
		Name:       fmt.Sprintf("%s, %s, the %s tower, %d cores", served.Name(), served.Precision(), m.tower, runtime.NumCPU()),
		UsualBatch: served.UsualBatch(model.Tower(m.tower)), DelaySeconds: c.Queue().Delay.Seconds(), StartSeconds: time.Since(start).Seconds(),
	}
	embed, prepare, err := m.work(ctx, served)
	if err != nil {
		return Pod{}, err
	}
	start = time.Now()
	const prepared = 20
	for range prepared {
		if err := prepare(); err != nil {
			return Pod{}, err
		}
	}
	pod.AddedSeconds = time.Since(start).Seconds() / prepared
	// Larger ones go beside each other, by fewer threads, and do a few percent more.
	for n := 1; n <= pod.UsualBatch; n++ {
		if err := batches(ctx, n, m.seconds, embed); err != nil {
			return Pod{}, err
		}
		mu.Lock()
		runs := slices.Sorted(slices.Values(times[n]))
		mu.Unlock()
		if len(runs) == 0 {
			return Pod{}, fmt.Errorf("no batch of %d has run in %v s: give more -measure-seconds", n, m.seconds)
		}
		median := runs[len(runs)/2]
		pod.BatchSeconds = append(pod.BatchSeconds, median)
		// The middle half of a normal distribution is 1.35 deviations wide.
		pod.Deviation = max(pod.Deviation, (runs[len(runs)*3/4]-runs[len(runs)/4])/1.35/median)
	}
	pod.Deviation = math.Round(pod.Deviation*1000) / 1000
	if m.index != "" {
		if pod.ScanSeconds, err = scans(ctx, m.index, m.seconds); err != nil {
			return Pod{}, err
		}
	}
	return pod, nil
}

// work returns what embeds an item, and what prepares it for that.
func (m measurement) work(ctx context.Context, served *model.Model) (embed func(context.Context) error, prepare func() error, err error) {
	if m.tower == string(model.Text) {
		tokens := served.Tokenize("a remote sensing image of river")
		embed = func(ctx context.Context) error { _, err := served.EmbedTokens(ctx, tokens); return err }
		return embed, func() error { served.Tokenize("a remote sensing image of river"); return nil }, nil
	}
	file, err := os.ReadFile(m.picture)
	if err != nil {
		return nil, nil, err
	}
	var pixels []uint8
	prepare = func() error {
		image, err := served.Decode(ctx, file)
		if err != nil {
			return err
		}
		defer image.Release()
		pixels, err = served.Preprocess(ctx, pixels, image)
		return err
	}
	if err := prepare(); err != nil {
		return nil, nil, err
	}
	input := slices.Clone(pixels)
	return func(ctx context.Context) error { _, err := served.EmbedPixels(ctx, input); return err }, prepare, nil
}

// batches has runs of n items for so many seconds: while one item runs, which an
// idle tower does at once, so many more come that n run together next.
func batches(ctx context.Context, n int, seconds float64, embed func(context.Context) error) error {
	for end := time.Now().Add(time.Duration(seconds * float64(time.Second))); time.Now().Before(end); {
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return embed(ctx) })
		time.Sleep(time.Millisecond)
		for range n {
			group.Go(func() error { return embed(ctx) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}
