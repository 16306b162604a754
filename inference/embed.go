package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/seed-74198975/rsclip/inference/budget"
	"github.com/seed-74198975/rsclip/inference/bulk"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/embeddings"
	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/model"
)

// embed is `rsclip embed`: embeddings of texts and pictures, without a server, in the
// order of the inputs. An item that fails has no embedding, and the others go on; the
// failures are listed at the end, and the command has failed.
func embed(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("embed", flag.ContinueOnError)
	_, open := modelFlags(flags)
	texts := flags.String("texts", "", "`file` of texts, one a line; - for standard input")
	images := flags.String("images", "", "`folder` of pictures, a pattern, or a list of paths, one a line; - for standard input")
	out := flags.String("out", "", "`file` to write, as its name ends: .jsonl, .npy or .parquet; none means JSON lines to standard output")
	describe := flags.Bool("describe", false, "print the model's description as JSON, and nothing else")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	switch {
	case *describe:
	case *texts == "" && *images == "":
		return errors.New("-texts and -images are missing: name texts, pictures or both")
	case *texts == "-" && *images == "-":
		return errors.New("-texts and -images are both standard input: name a file for one of them")
	}
	if err := embeddings.Check(*out); err != nil {
		return err
	}
	items, err := embedItems(*texts, *images)
	if err != nil {
		return err
	}
	m, err := open()
	if err != nil {
		return err
	}
	defer m.Close()
	if *describe {
		return json.NewEncoder(stdout).Encode(m.Description())
	}
	to, err := embeddings.Create(*out, stdout, len(items), m.Description())
	if err != nil {
		return err
	}
	defer to.Discard()
	// Ctrl-C ends the run at once.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	failed, err := newEmbedder(m).all(ctx, items, to)
	if err := cmp.Or(err, ctx.Err()); err != nil {
		return fmt.Errorf("writing embeddings: %w", err)
	}
	if err := to.Close(); err != nil {
		return err
	}
	for _, item := range failed {
		name := *images
		if item.Text != nil {
			name = *texts
		}
		_, _ = fmt.Fprintln(stderr, item.Complaint(name))
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d items have failed: the lines above say why", len(failed), len(items))
	}
	return nil
}

// embedItems are the texts, and then the pictures, that two flags name.
func embedItems(texts, images string) (items []embeddings.Item, err error) {
	if texts != "" {
		lines, err := indexing.Texts(texts, os.Stdin)
		if err != nil {
			return nil, fmt.Errorf("reading texts: %w", err)
		}
		for _, line := range lines {
			items = append(items, embeddings.Item{Text: &line.Name, Line: line.Line})
		}
	}
	if images != "" {
		sources, err := indexing.Sources(images, os.Stdin)
		if err != nil {
			return nil, err
		}
		for _, source := range sources {
			items = append(items, embeddings.Item{Image: &source.Name, Line: source.Line})
		}
	}
	if len(items) == 0 && texts != "" {
		return nil, fmt.Errorf("%s is empty: write a text on each line", texts)
	}
	return items, nil
}

// embedder embeds many items at the same time.
type embedder struct {
	model   *model.Model
	memory  *budget.Budget
	workers chan struct{} // a place for each picture that is being decoded
	// alone is held for writing by an item that is to have a run for itself.
	alone sync.RWMutex
}

func newEmbedder(m *model.Model) *embedder {
	cores := runtime.GOMAXPROCS(0)
	memory := budget.New(0, cores)
	boundMemory(memory, config.App{Cache: &config.Cache{TextMiB: -1, URLMiB: -1}}, slog.New(slog.DiscardHandler))
	return &embedder{model: m, memory: memory, workers: make(chan struct{}, cores)}
}

// all embeds items and writes them in their order. It returns those that failed.
func (e *embedder) all(ctx context.Context, items []embeddings.Item, to *embeddings.Writer) (failed []embeddings.Item, err error) {
	// So many that each run of the model is full, while the next items are prepared.
	width := 2*max(e.model.BatchSize(model.Vision), e.model.BatchSize(model.Text)) + 2*cap(e.workers)
	for item := range bulk.Map(ctx, each(items), width, e.embed) {
		if ctx.Err() != nil {
			break // What ended with it is no failure of the item.
		}
		if item.Err != nil {
			failed = append(failed, item)
		}
		if err := to.Write(item); err != nil {
			return failed, err
		}
	}
	return failed, nil
}

func each[T any](items []T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, item := range items {
			if !yield(item) {
				return
			}
		}
	}
}

// embed embeds one item.
func (e *embedder) embed(ctx context.Context, item embeddings.Item) embeddings.Item {
	// A table with one name that is not UTF-8 is read by nobody. Texts are UTF-8 already.
	if item.Image != nil && !utf8.ValidString(*item.Image) {
		*item.Image = strings.ToValidUTF8(*item.Image, "\ufffd")
		item.Err = fmt.Errorf("the name %s is not UTF-8: rename it", *item.Image)
		return item
	}
	if item.Text != nil {
		var embedded model.TextEmbedding
		tokens := e.model.Tokenize(*item.Text)
		embedded, item.Err = again(&e.alone, func() (model.TextEmbedding, error) { return e.model.EmbedTokens(ctx, tokens) })
		item.Vector, item.Truncated = embedded.Vector, tokens.Truncated
	} else {
		item.Vector, item.Err = e.image(ctx, func() ([]byte, error) { return indexing.ReadFile(*item.Image) })
	}
	if item.Err != nil {
		item.Vector = nil
	}
	return item
}

func (e *embedder) image(ctx context.Context, read func() ([]byte, error)) ([]float32, error) {
	pixels, lease, err := e.prepare(ctx, read)
	if err != nil {
		return nil, err
	}
	defer lease.Release()
	return again(&e.alone, func() ([]float32, error) { return e.model.EmbedPixels(ctx, pixels) })
}

// again does something that shares a run of the model with other items, and once more
// in a run of its own if it fails: another item may have spoilt the run.
func again[T any](alone *sync.RWMutex, do func() (T, error)) (T, error) {
	alone.RLock()
	value, err := do()
	alone.RUnlock()
	if err == nil {
		return value, nil
	}
	alone.Lock()
	defer alone.Unlock()
	return do()
}

// prepare reads, decodes and resizes a picture when one of the workers is free, and
// when there is memory for it. A fault of a decoder costs its picture only.
func (e *embedder) prepare(ctx context.Context, read func() ([]byte, error)) (pixels []byte, lease *budget.Lease, err error) {
	select {
	case e.workers <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("decoding: panic: %v: %s", v, debug.Stack())
		}
		if err != nil && lease != nil {
			lease.Release()
		}
		<-e.workers
	}()
	file, err := read()
	if err != nil {
		return nil, nil, err
	}
	cost, err := e.model.Inspect(file)
	if err != nil {
		return nil, nil, err
	}
	if lease, err = e.memory.Pictures.Acquire(ctx, cost.Bytes, false); err != nil {
		return nil, nil, err
	}
	image, err := e.model.Decode(ctx, file)
	if err != nil {
		return nil, lease, err
	}
	defer image.Release()
	if pixels, err = e.model.Preprocess(ctx, nil, image); err == nil {
		lease.Shrink(e.model.TensorBytes())
	}
	return pixels, lease, err
}
