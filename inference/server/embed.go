package server

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/model"
)

// imageResult is the embedding of one picture, or why there is none.
type imageResult struct {
	vector []float32
	err    error
}

// embed embeds the texts and pictures of one request. A picture that fails
// fails alone; anything else fails the request. At most a batch of items of one
// request is under way at a time, which bounds its memory and lets requests
// of few items pass between those of one that has many.
func (s *Server) embed(ctx context.Context, m *model.Model, p *prediction) ([]model.TextEmbedding, []imageResult, error) {
	texts := make([]model.TextEmbedding, len(p.texts))
	images := make([]imageResult, len(p.images))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(m.BatchSize())
	for i := range p.images {
		group.Go(func() error {
			images[i].vector, images[i].err = s.embedImage(ctx, m, p.images[i])
			// Once the caller has left, or another item has failed the request,
			// the rest need not be tried.
			return ctx.Err()
		})
	}
	for i := range p.texts {
		group.Go(func() error {
			var err error
			texts[i], err = m.EmbedText(ctx, p.texts[i])
			return err
		})
	}
	return texts, images, group.Wait()
}

func (s *Server) embedImage(ctx context.Context, m *model.Model, src source) ([]float32, error) {
	data, err := src.bytes(ctx, s.fetcher)
	if err != nil {
		return nil, err
	}
	// Decoding and resizing keep a core busy each; more at a time than the
	// workers that were asked for would only take turns and hold memory.
	select {
	case s.workers <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	pixels, err := m.PreparePixels(data)
	<-s.workers
	if err != nil {
		return nil, err
	}
	return m.EmbedPixels(ctx, pixels)
}
