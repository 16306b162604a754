// Package pipeline takes texts and pictures through everything that comes
// before and after the model: fetching, decoding, resizing and tokenizing on
// bounded workers, and caches of what was embedded before.
package pipeline

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/budget"
	"github.com/seed-74198975/rsclip/inference/cache"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/fetch"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/telemetry"
)

// Shared is what the pipelines of one server share, whatever their models.
type Shared struct {
	fetcher    *fetch.Fetcher
	telemetry  *telemetry.Telemetry
	budget     *budget.Budget
	workers    chan struct{} // a place for each text that is being prepared
	textBytes  int
	imageBytes int
}

// NewShared makes the workers and the fetcher that a configuration asks for.
// Files and pictures take their memory from b.
func NewShared(app config.App, b *budget.Budget, t *telemetry.Telemetry) *Shared {
	memory, _ := budget.Memory(app.Server.Memory())
	c := app.Caching(memory)
	return &Shared{
		fetcher: fetch.New(app.Fetching(), c.URLMiB<<20), telemetry: t, budget: b, workers: make(chan struct{}, app.Server.Workers),
		textBytes: c.TextMiB << 20, imageBytes: c.ImageMiB << 20,
	}
}

// Pipeline embeds texts and pictures by one model. Its methods may be called at
// the same time.
type Pipeline struct {
	*Shared
	model *model.Model

	texts       *cache.Cache[string, model.TextEmbedding]
	images      *cache.Cache[[sha256.Size]byte, Picture]
	textFlights flights[string, model.TextEmbedding]
	urlFlights  flights[string, Picture]
	fileFlights flights[[sha256.Size]byte, Picture]
	tensors     sync.Pool // of *[]uint8
}

// New makes a pipeline to a model, with caches of its own, and has the metrics
// report on both.
func (s *Shared) New(m *model.Model) *Pipeline {
	p := &Pipeline{
		Shared: s, model: m,
		texts:   cache.New(s.textBytes, func(text string, e model.TextEmbedding) int { return len(text) + 4*len(e.Vector) }),
		images:  cache.New(s.imageBytes, func(k [sha256.Size]byte, v Picture) int { return len(k) + 4*len(v.Vector) + 16*len(v.Seen.Stretched) }),
		tensors: sync.Pool{New: func() any { return new([]uint8) }},
	}
	p.textFlights.joined = func() { p.count("text", "shared") }
	p.urlFlights.joined = func() { p.count("url", "shared") }
	p.fileFlights.joined = func() { p.count("image", "shared") }
	s.telemetry.Watch(m, func() map[string]int {
		return map[string]int{"text": p.texts.Held(), "image": p.images.Held(), "url": s.fetcher.Cached()}
	})
	return p
}

// Model returns the pipeline's model.
func (p *Pipeline) Model() *model.Model { return p.model }

// Image is where the file of a picture comes from: exactly one of the two.
type Image struct {
	URL  string
	File []byte
}

// Picture is the embedding of one picture, and what of its file is in it.
type Picture struct {
	Vector []float32
	Seen   picture.Seen
}

// Embedding is the embedding of one picture, or why there is none.
type Embedding struct {
	Picture
	Err error
}

// TextEmbedding is the embedding of one text, or why it has no vector.
type TextEmbedding struct {
	model.TextEmbedding
	Err error
}

// Embed embeds the texts and pictures of one request. A picture that fails fails
// alone, and so does a text whose embedding is not finite; anything else fails the
// request. At most as many items of one
// request are under way at a time as a run of each tower takes, some to run and
// some to be prepared meanwhile, by at most as many workers as there are: that
// bounds its memory, and lets requests of few items pass between those of one
// that has many.
func (p *Pipeline) Embed(ctx context.Context, texts []string, images []Image) ([]TextEmbedding, []Embedding, error) {
	textEmbeddings := make([]TextEmbedding, len(texts))
	imageEmbeddings := make([]Embedding, len(images))
	group, ctx := errgroup.WithContext(fetch.WithNames(ctx))
	group.SetLimit(p.model.BatchSize(model.Text) + p.model.BatchSize(model.Vision))
	turns := make(chan struct{}, cap(p.workers))
	first := make(map[string]int) // of the pictures of one URL, which is fetched once
	for i := range images {
		if url := images[i].URL; url != "" {
			if _, again := first[url]; again {
				continue
			}
			first[url] = i
		}
		group.Go(func() error {
			e := &imageEmbeddings[i]
			e.Picture, e.Err = p.image(telemetry.WithItem(ctx, i, len(images[i].File)), images[i], turns)
			// Once the caller has left, or another item has failed the request,
			// the rest need not be tried.
			return ctx.Err()
		})
	}
	for i := range texts {
		var known bool
		e := &textEmbeddings[i]
		if e.TextEmbedding, known = p.known(texts[i]); known {
			continue // A goroutine would cost more than all else.
		}
		group.Go(func() error {
			e.TextEmbedding, e.Err = p.text(telemetry.WithItem(ctx, i, len(texts[i])), texts[i])
			if errors.Is(e.Err, model.ErrNotFinite) {
				return nil
			}
			return e.Err
		})
	}
	err := group.Wait()
	for i := range images {
		if of, again := first[images[i].URL]; again {
			imageEmbeddings[i] = imageEmbeddings[of]
		}
	}
	return textEmbeddings, imageEmbeddings, err
}

// text embeds one text.
func (p *Pipeline) text(ctx context.Context, text string) (model.TextEmbedding, error) {
	if p.textBytes == 0 {
		return p.embedText(ctx, text)
	}
	if e, known := p.known(text); known { // Since it was last asked, the same text may have gone before.
		return e, nil
	}
	return p.textFlights.do(ctx, text, func(ctx context.Context) (model.TextEmbedding, error) {
		p.count("text", "miss")
		e, err := p.embedText(ctx, text)
		if err == nil {
			p.texts.Set(text, e)
		}
		return e, err
	})
}

// known returns the embedding of a text that the cache has.
func (p *Pipeline) known(text string) (model.TextEmbedding, bool) {
	e, ok := p.texts.Get(text)
	if ok {
		p.count("text", "hit")
	}
	return e, ok
}

func (p *Pipeline) embedText(ctx context.Context, text string) (model.TextEmbedding, error) {
	tokens, err := work(ctx, p.workers, func() (model.Tokens, error) {
		start := time.Now()
		tokens := p.model.Tokenize(text)
		p.telemetry.Done(ctx, telemetry.Tokenize, start, nil)
		return tokens, nil
	})
	if err != nil {
		return model.TextEmbedding{}, err
	}
	return p.model.EmbedTokens(ctx, tokens)
}

// image embeds one picture. Turns bound how many pictures of a request are
// prepared at the same time.
func (p *Pipeline) image(ctx context.Context, image Image, turns chan struct{}) (Picture, error) {
	if image.URL == "" {
		return p.file(ctx, image.File, turns)
	}
	return p.urlFlights.do(ctx, image.URL, func(ctx context.Context) (Picture, error) {
		start := time.Now()
		var leases []*budget.Lease
		defer func() {
			for _, lease := range leases {
				lease.Release()
			}
		}()
		file, cached, err := p.fetcher.GetWithin(ctx, image.URL, func(ctx context.Context, bytes int64) error {
			lease, err := p.budget.Files.Acquire(ctx, bytes, false)
			leases = append(leases, lease)
			return err
		})
		p.telemetry.Done(ctx, telemetry.Fetch, start, err)
		if err != nil {
			var failed *fetch.Error
			if errors.As(err, &failed) {
				p.telemetry.FetchErrors.WithLabelValues(string(failed.Code)).Inc()
			}
			return Picture{}, err
		}
		p.count("url", map[bool]string{true: "hit", false: "miss"}[cached])
		return p.file(ctx, file, turns)
	})
}

// file embeds a picture's file.
func (p *Pipeline) file(ctx context.Context, file []byte, turns chan struct{}) (Picture, error) {
	if p.imageBytes == 0 {
		return p.embedFile(ctx, file, turns)
	}
	key := sha256.Sum256(file)
	if embedded, ok := p.images.Get(key); ok {
		p.count("image", "hit")
		return embedded, nil
	}
	return p.fileFlights.do(ctx, key, func(ctx context.Context) (Picture, error) {
		p.count("image", "miss")
		embedded, err := p.embedFile(ctx, file, turns)
		if err == nil {
			p.images.Set(key, embedded)
		}
		return embedded, err
	})
}

func (p *Pipeline) embedFile(ctx context.Context, file []byte, turns chan struct{}) (out Picture, err error) {
	select {
	case turns <- struct{}{}:
	case <-ctx.Done():
		return out, ctx.Err()
	}
	in, lease, err := p.prepare(ctx, file)
	<-turns
	if err != nil {
		return out, err
	}
	defer lease.Release()
	out.Seen = in.seen
	out.Vector, err = p.model.EmbedPixels(ctx, *in.tensor)
	if err == nil { // Otherwise a run may still read it.
		p.tensors.Put(in.tensor)
	}
	return out, err
}

// prepared is a picture as the vision tower reads it.
type prepared struct {
	tensor *[]uint8
	seen   picture.Seen
}

// heavy is the work, in nanoseconds, that makes a picture a large one.
const heavy = 100_000_000

// prepare decodes and resizes a picture in a place of the budget. Both keep a
// core busy; more at a time would only take turns and hold memory. The lease
// that it returns is the tensor's.
func (p *Pipeline) prepare(ctx context.Context, file []byte) (out prepared, lease *budget.Lease, err error) {
	cost, err := p.model.Inspect(file)
	if err != nil {
		return out, nil, err
	}
	if lease, err = p.budget.Pictures.Acquire(ctx, cost.Bytes, cost.Work > heavy); err != nil {
		return out, nil, err
	}
	out, err = guarded(func() (prepared, error) { return p.decode(ctx, file) })
	if err != nil {
		lease.Release()
		return out, nil, err
	}
	lease.Shrink(p.model.TensorBytes())
	return out, lease, nil
}

func (p *Pipeline) decode(ctx context.Context, file []byte) (out prepared, err error) {
	start := time.Now()
	image, err := p.model.Decode(ctx, file)
	p.telemetry.Done(ctx, telemetry.Decode, start, err)
	if err != nil {
		return out, err
	}
	defer image.Release()
	start = time.Now()
	out = prepared{p.tensors.Get().(*[]uint8), image.Seen}
	*out.tensor, err = p.model.Preprocess(ctx, *out.tensor, image)
	p.telemetry.Done(ctx, telemetry.Preprocess, start, err)
	return out, err
}

// work does something when one of the workers is free.
func work[T any](ctx context.Context, workers chan struct{}, do func() (T, error)) (value T, err error) {
	select {
	case workers <- struct{}{}:
	case <-ctx.Done():
		return value, ctx.Err()
	}
	defer func() { <-workers }()
	return guarded(do)
}

// guarded does something in which a bug, of a decoder or the tokenizer, must
// cost this item only: the work may be on a goroutine of its own, where a panic
// would end the process.
func guarded[T any](do func() (T, error)) (value T, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("preparing an item: panic: %v: %s", v, debug.Stack())
		}
	}()
	return do()
}

func (p *Pipeline) count(name, result string) {
	p.telemetry.Cache.WithLabelValues(name, result).Inc()
}
