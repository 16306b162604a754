// Package model runs an exported SigLIP model: texts and pictures in,
// embeddings and scores out. It batches what any number of callers ask for.
package model

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/seed-74198975/rsclip/inference/batch"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modeldir"
	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/preprocess"
	"github.com/seed-74198975/rsclip/inference/tokenizer"
)

// Bounds of each tower's queue. A picture's pixels are about 600 kB at 224
// pixels, so it is the bytes that bound pictures and the items that bound texts.
const (
	maxQueueItems = 4096
	maxQueueBytes = 512 << 20
	maxQueueDelay = 2 * time.Millisecond
)

// Model is a loaded model. Its methods may be called at the same time.
type Model struct {
	metadata    *modeldir.Metadata
	device      config.Device
	batchSize   int
	adjustments []Adjustment

	tokenizer *tokenizer.Tokenizer
	pictures  picture.Options
	processor *preprocess.Processor
	scorer    scorer

	textTower  *tower[int64]
	imageTower *tower[float32]
	textQueue  *batch.Batcher[[]int64, []float32]
	imageQueue *batch.Batcher[[]float32, []float32]
}

// TextEmbedding is the embedding of one text.
type TextEmbedding struct {
	Vector    []float32 // of length 1, with as many elements as the model's embeddings
	Truncated bool      // whether the text is longer than the model reads
}

// Open loads the model folder dir, which `rsclip export` wrote.
func Open(dir string, c config.Model) (*Model, error) {
	metadata, err := modeldir.Read(dir)
	if err != nil {
		return nil, err
	}
	if err := LoadRuntime(); err != nil {
		return nil, err
	}
	m := &Model{
		metadata:  metadata,
		device:    c.Device,
		batchSize: c.BatchSize,
		scorer:    newScorer(metadata.LogitScale, metadata.LogitBias),
		pictures:  pictureOptions(c.Picture),
	}
	m.adjustments = adjust(c, metadata)
	if m.processor, err = preprocess.New(preprocess.Spec(metadata.Preprocess)); err != nil {
		return nil, err
	}
	if m.tokenizer, err = tokenizer.Load(filepath.Join(dir, metadata.Tokenizer.File)); err != nil {
		return nil, err
	}
	err = m.openTowers(dir)
	var device *DeviceError
	if errors.As(err, &device) && c.AllowCPUFallback {
		m.device = config.CPU
		m.adjustments = append(m.adjustments, Adjustment{"device", c.Device, config.CPU, device.Err.Error()})
		err = m.openTowers(dir)
	}
	if err != nil {
		return nil, err
	}
	options := batch.Options{MaxBatch: m.batchSize, MaxDelay: maxQueueDelay, MaxItems: maxQueueItems, MaxBytes: maxQueueBytes}
	m.textQueue = batch.New(m.textTower.run, options)
	m.imageQueue = batch.New(m.imageTower.run, options)
	return m, nil
}

// pictureOptions translates the configuration, which has been validated.
func pictureOptions(c *config.Picture) picture.Options {
	if c == nil {
		return picture.Options{}
	}
	o := picture.Options{EXIFOrientation: c.EXIFRotate, MaxPixels: c.MaxPixels}
	copy(o.Bands[:], c.Bands)
	if len(c.Stretch) == 2 {
		o.Stretch = &picture.Stretch{Low: c.Stretch[0], High: c.Stretch[1]}
	}
	return o
}

func (m *Model) openTowers(dir string) (err error) {
	d := m.metadata
	m.textTower, err = newTower[int64]("text", filepath.Join(dir, d.Text.File), d.Text.IO,
		[]int{d.Text.Positions}, d.EmbeddingSize, m.device)
	if err != nil {
		return err
	}
	m.imageTower, err = newTower[float32]("vision", filepath.Join(dir, d.Vision.File), d.Vision.IO,
		[]int{3, d.Vision.Height, d.Vision.Width}, d.EmbeddingSize, m.device)
	if err != nil {
		m.textTower.close()
	}
	return err
}

// Name returns the model's name, which answers carry.
func (m *Model) Name() string { return m.metadata.Name }

// Device returns the device in force.
func (m *Model) Device() config.Device { return m.device }

// Precision returns the precision of the model's weights.
func (m *Model) Precision() config.Precision { return m.metadata.Precision }

// BatchSize returns the most items that one run of a tower takes.
func (m *Model) BatchSize() int { return m.batchSize }

// EmbedText embeds a text. It fails with the errors of [batch.Batcher.Do].
func (m *Model) EmbedText(ctx context.Context, text string) (TextEmbedding, error) {
	ids := make([]int64, m.metadata.Text.Positions)
	truncated := m.tokenizer.Encode(ids, text)
	vector, err := m.textQueue.Do(ctx, ids, 8*len(ids))
	return TextEmbedding{Vector: vector, Truncated: truncated}, err
}

// PreparePixels decodes a picture's file and turns it into the vision tower's
// input: 3 x height x width float32. It fails with picture's errors.
func (m *Model) PreparePixels(file []byte) ([]float32, error) {
	image, err := picture.Decode(file, m.pictures)
	if err != nil {
		return nil, err
	}
	pixels := make([]float32, m.processor.Elements())
	m.processor.Tensor(pixels, image)
	return pixels, nil
}

// EmbedPixels embeds what PreparePixels returned. The embedding has length 1.
// It fails with the errors of [batch.Batcher.Do].
func (m *Model) EmbedPixels(ctx context.Context, pixels []float32) ([]float32, error) {
	return m.imageQueue.Do(ctx, pixels, 4*len(pixels))
}

// Score scores two embeddings of this model.
func (m *Model) Score(text, image []float32) Score { return m.scorer.score(text, image) }

// WarmUp runs both towers at every batch size that they will use, so that the
// first callers do not pay for allocations and engines, and checks that the
// embeddings are what embeddings must be.
func (m *Model) WarmUp(ctx context.Context) error {
	for n := 1; ; n = min(2*n, m.batchSize) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := errors.Join(warmUp(m.textTower, n), warmUp(m.imageTower, n)); err != nil {
			return fmt.Errorf("warming up with a batch of %d: %w", n, err)
		}
		if n == m.batchSize {
			return nil
		}
	}
}

// warmUp runs a tower on n items of zeros.
func warmUp[T int64 | float32](t *tower[T], n int) error {
	in, out := make([][]T, n), make([][]float32, n)
	for i := range in {
		in[i] = make([]T, t.elements)
	}
	if err := t.run(in, out); err != nil {
		return err
	}
	for _, e := range out {
		var square float64
		for _, v := range e {
			square += float64(v) * float64(v)
		}
		if !(square > 0.98 && square < 1.02) { // Also false for NaN.
			return fmt.Errorf("the %s tower's embedding has squared length %v, want 1: the model folder or the device is broken", t.name, square)
		}
	}
	return nil
}

// Close ends the queues, after what they hold has run, and frees the model.
func (m *Model) Close() {
	m.textQueue.Close()
	m.imageQueue.Close()
	m.textTower.close()
	m.imageTower.close()
}
