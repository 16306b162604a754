package model

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/seed-74198975/rsclip/inference/picture"
)

// Sound runs the text tower over every token of its vocabulary, in texts of as
// many as it reads, and the vision tower over pictures of extremes. It fails where
// an embedding is not finite, and names the token or the picture. Nothing else may
// use the model meanwhile.
func (m *Model) Sound(ctx context.Context) error {
	return errors.Join(m.soundText(ctx), m.soundVision(ctx))
}

func (m *Model) soundText(ctx context.Context) error {
	tokens := make([]int64, m.metadata.Text.VocabSize)
	for i := range tokens {
		tokens[i] = int64(i)
	}
	texts := func(size int) (texts [][]int64) {
		for some := range slices.Chunk(tokens, size) {
			text := m.Tokenize("").IDs
			copy(text, some)
			texts = append(texts, text)
		}
		return texts
	}
	size := m.textTower.elements
	bad, err := firstNotFinite(ctx, m.textTower, texts(size))
	if err != nil || bad < 0 {
		return err
	}
	// A token makes its whole text not finite: alone, each shows whether it is the one.
	tokens = tokens[bad*size : min((bad+1)*size, len(tokens))]
	one, err := firstNotFinite(ctx, m.textTower, texts(1))
	switch {
	case err != nil:
		return err
	case one < 0:
		return fmt.Errorf("texts of the tokens %d to %d: %w", tokens[0], tokens[len(tokens)-1], notFinite(Text, nil, nil))
	}
	return fmt.Errorf("texts with the token %d: %w", tokens[one], notFinite(Text, nil, nil))
}

func (m *Model) soundVision(ctx context.Context) error {
	noise := make([]byte, 3*m.metadata.Vision.Width*m.metadata.Vision.Height)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // Which never fails.
	pictures := []struct {
		name  string
		value func(i int) byte // of element i, three a pixel
	}{
		{"a black picture", func(int) byte { return 0 }},
		{"a white picture", func(int) byte { return 255 }},
		{"a picture of black and white stripes", func(i int) byte { return [2]byte{0, 255}[i/3%2] }},
		{"a red picture", func(i int) byte { return [3]byte{255, 0, 0}[i%3] }},
		{"a picture of noise", func(i int) byte { return noise[i] }},
	}
	var tensors [][]uint8
	for _, p := range pictures {
		image := picture.Image{Width: m.metadata.Vision.Width, Height: m.metadata.Vision.Height}
		image.Pix = make([]byte, len(noise))
		for i := range image.Pix {
			image.Pix[i] = p.value(i)
		}
		tensor, err := m.Preprocess(ctx, nil, &image)
		if err != nil {
			return err
		}
		tensors = append(tensors, tensor)
	}
	bad, err := firstNotFinite(ctx, m.imageTower, tensors)
	if err != nil || bad < 0 {
		return err
	}
	return fmt.Errorf("%s: %w", pictures[bad].name, notFinite(Vision, nil, nil))
}

// firstNotFinite returns the index of the first item whose embedding is not
// finite, or -1. Each has a run of its own, since in one of integers a number that
// is not finite can hide behind the others' range.
func firstNotFinite[T int64 | uint8](ctx context.Context, t *tower[T], items [][]T) (int, error) {
	out := make([][]float32, 1)
	for i, item := range items {
		if err := t.run(ctx, [][]T{item}, out); err != nil {
			return -1, err
		}
		if out[0] == nil {
			return i, nil
		}
	}
	return -1, nil
}
