// Package model runs an exported SigLIP model: texts and pictures in,
// embeddings and scores out. It batches what any number of callers ask for.
package model

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/seed-74198975/rsclip/inference/batch"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/family"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/preprocess"
)

// Model is a loaded model. Its methods may be called at the same time.
type Model struct {
	metadata    *modelfolder.Metadata
	device      config.Device
	batchSizes  map[Tower]int
	sharings    map[Tower]sharing
	limits      config.Queue
	adjustments []Adjustment

	tokenizer family.Tokenizer
	pictures  picture.Options
	processor *preprocess.Processor
	scorer    scorer

	textTower  *tower[int64]
	imageTower *tower[uint8]
	textQueue  *batch.Batcher[[]int64, []float32]
	imageQueue *batch.Batcher[[]uint8, []float32]
}

// TextEmbedding is the embedding of one text.
type TextEmbedding struct {
	Vector    []float32 // of length 1, with as many elements as the model's embeddings
	Truncated bool      // whether the text is longer than the model reads
	Tokens    int       // that the model read, the one that ends the text included
}

// Tower is one of the two halves of a model.
type Tower string

// The towers.
const (
	Text   Tower = "text"
	Vision Tower = "vision"
)

// Towers are both.
var Towers = []Tower{Text, Vision}

// Open loads the model folder dir, which `rsclip export` wrote. Observe, where
// set, is told of every batch that a tower has run.
func Open(dir string, c config.Model, observe func(Tower, batch.Run)) (*Model, error) {
	// While it is open, no other folder gets its number.
	folder, err := os.OpenFile(dir, unix.O_PATH, 0)
	if err == nil { // Otherwise Read says what is wrong.
		defer func() { _ = folder.Close() }()
	}
	metadata, err := modelfolder.Read(dir)
	if err != nil {
		return nil, err
	}
	if err := modelfolder.CheckSizes(dir, metadata); err != nil {
		return nil, err
	}
	if err := LoadRuntime(); err != nil {
		return nil, err
	}
	m := &Model{
		metadata: metadata,
		device:   c.Device,
		scorer:   newScorer(metadata.LogitScale, metadata.LogitBias),
		pictures: pictureOptions(c.Picture, metadata.Vision.Width, metadata.Vision.Height),
	}
	m.adjustments = adjust(c, metadata)
	c, uncached := withoutFullCache(halved(c, metadata), metadata)
	m.adjustments = append(m.adjustments, uncached...)
	kind, err := family.Named(metadata.Family)
	if err != nil {
		return nil, err
	}
	if m.processor, err = kind.NewProcessor(preprocess.Spec(metadata.Preprocess)); err != nil {
		return nil, err
	}
	if m.tokenizer, err = kind.NewTokenizer(filepath.Join(dir, metadata.Tokenizer.File), metadata.Tokenizer.PadLeft); err != nil {
		return nil, err
	}
	err = m.openTowers(dir, c)
	var device *DeviceError
	if errors.As(err, &device) && c.AllowCPUFallback {
		m.device = config.CPU
		m.adjustments = append(m.adjustments, Adjustment{"device", c.Device, config.CPU, device.Err.Error()})
		err = m.openTowers(dir, c)
	}
	if err != nil {
		return nil, err
	}
	if err := still(dir, folder); err != nil {
		m.textTower.close()
		m.imageTower.close()
		return nil, err
	}
	m.textTower.sample = m.Tokenize("").IDs // Whose token all texts end by.
	m.limits = c.Queue()
	options := func(t Tower) batch.Options {
		s := m.sharings[t]
		o := batch.Options{
			MaxBatch: m.batchSizes[t], Usual: m.UsualBatch(t), Runs: s.runs, Crowd: s.crowd, Beside: s.beside,
			MaxDelay: m.limits.Delay, MaxItems: m.limits.Items, MaxBytes: m.limits.Bytes,
		}
		if observe != nil {
			o.Observe = func(r batch.Run) { observe(t, r) }
		}
		return o
	}
	m.textQueue = batch.New(m.textTower.runAndJudge, options(Text))
	m.imageQueue = batch.New(m.imageTower.runAndJudge, options(Vision))
	return m, nil
}

// still fails if a path leads no longer to a folder that is open: what was read by it
// may be of two models.
func still(path string, folder *os.File) error {
	before, err := folder.Stat()
	if err != nil {
		return fmt.Errorf("model folder %s: %w", path, err)
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		return fmt.Errorf("model folder %s: another was put in its place while it was read: load it again", path)
	}
	return nil
}

// pictureOptions translates the configuration, which has been validated, for a model
// that sees pictures of that size.
func pictureOptions(c *config.Picture, width, height int) picture.Options {
	if c == nil {
		c = &config.Picture{}
	}
	o := picture.Options{EXIFOrientation: c.EXIFRotate, MaxPixels: c.MaxPixels, MaxNodata: c.MaxNodata, Deep: picture.DeepStretch}
	if c.Deep == config.DeepPillow {
		o.Deep = picture.DeepPillow
	}
	if c.Fast {
		o.Enough = [2]int{width, height}
	}
	copy(o.Bands[:], c.Bands)
	if len(c.Stretch) == 2 {
		o.Stretch = &picture.Stretch{Low: c.Stretch[0], High: c.Stretch[1]}
	}
	return o
}

func (m *Model) openTowers(dir string, c config.Model) (err error) {
	if err := suits(m.device, m.metadata); err != nil {
		return err
	}
	m.batchSizes, m.sharings = batchSizes(m.device, c, m.metadata), sharings(m.device, c, m.metadata)
	if m.batchSizes[Text] < c.BatchSize || m.batchSizes[Vision] < c.BatchSize {
		m.adjustments = append(m.adjustments, Adjustment{"batch_size", c.BatchSize, m.batchSizes, "a CPU does hardly more by larger batches, and all in one wait for it"})
	}
	m.textTower, m.imageTower, err = newTowers(dir, m.metadata, m.device, c, m.batchSizes, m.sharings, m.processor.Normalize)
	return err
}

// Name returns the model's name, which answers carry.
func (m *Model) Name() string { return m.metadata.Name }

// Family returns the name of the model's family.
func (m *Model) Family() string { return m.metadata.Family }

// Device returns the device in force.
func (m *Model) Device() config.Device { return m.device }

// Precision returns the precision of the model's weights.
func (m *Model) Precision() config.Precision { return m.metadata.Precision }

// BatchSize returns the most items that one run of a tower takes.
func (m *Model) BatchSize(t Tower) int { return m.batchSizes[t] }

// Tokens are a text as the text tower reads it.
type Tokens struct {
	IDs       []int64 // padded to the length that the model reads
	Truncated bool    // whether the text is longer than the model reads
	Count     int     // of tokens, the one that ends the text included and those that pad it excluded
}

// Tokenize turns a text into the text tower's input.
func (m *Model) Tokenize(text string) Tokens {
	t := Tokens{IDs: make([]int64, m.metadata.Text.Positions)}
	t.Truncated = m.tokenizer.Encode(t.IDs, text)
	t.Count = m.tokenizer.Count(t.IDs)
	return t
}

// EmbedTokens embeds what Tokenize returned. The vector has length 1. It fails
// with the errors of [batch.Batcher.Do], and with [ErrNotFinite].
func (m *Model) EmbedTokens(ctx context.Context, t Tokens) (TextEmbedding, error) {
	vector, err := m.textQueue.Do(ctx, t.IDs, 8*len(t.IDs))
	return TextEmbedding{Vector: vector, Truncated: t.Truncated, Tokens: t.Count}, notFinite(Text, vector, err)
}

// EmbedText is Tokenize and EmbedTokens.
func (m *Model) EmbedText(ctx context.Context, text string) (TextEmbedding, error) {
	return m.EmbedTokens(ctx, m.Tokenize(text))
}

// Pictures returns how pictures are read.
func (m *Model) Pictures() picture.Options { return m.pictures }

// Inspect returns what Decode and Preprocess take for a picture's file, by its
// header: the most memory that is held at a time, the tensor included, and the
// work. It fails with picture's errors.
func (m *Model) Inspect(file []byte) (picture.Cost, error) {
	c, err := picture.Inspect(file, m.pictures)
	c.Bytes += m.processor.Cost(c.Width, c.Height) + m.TensorBytes()
	c.Work += 10 * int64(c.Width) * int64(c.Height)
	return c, err
}

// TensorBytes returns the bytes of what Preprocess returns.
func (m *Model) TensorBytes() int64 { return int64(m.processor.Elements()) }

// Decode decodes a picture's file as the configuration says. It fails with
// picture's errors.
func (m *Model) Decode(ctx context.Context, file []byte) (*picture.Image, error) {
	return picture.Decode(ctx, file, m.pictures)
}

// Preprocess resizes a picture for the vision tower, to 3 x height x width bytes,
// which it writes to pixels if that is large enough. It fails with ctx's error
// only.
func (m *Model) Preprocess(ctx context.Context, pixels []uint8, image *picture.Image) ([]uint8, error) {
	n := m.processor.Elements()
	pixels = slices.Grow(pixels[:0], n)[:n]
	return pixels, m.processor.Pixels(ctx, pixels, image)
}

// EmbedPixels embeds what Preprocess returned. The embedding has length 1. It
// fails with the errors of [batch.Batcher.Do], after which pixels must not be
// written to, and with [ErrNotFinite].
func (m *Model) EmbedPixels(ctx context.Context, pixels []uint8) ([]float32, error) {
	vector, err := m.imageQueue.Do(ctx, pixels, len(pixels))
	return vector, notFinite(Vision, vector, err)
}

// EmbedImage is Decode, Preprocess and EmbedPixels.
func (m *Model) EmbedImage(ctx context.Context, file []byte) ([]float32, error) {
	image, err := m.Decode(ctx, file)
	if err != nil {
		return nil, err
	}
	pixels, err := m.Preprocess(ctx, nil, image)
	if err != nil {
		return nil, err
	}
	return m.EmbedPixels(ctx, pixels)
}

// queue is what a tower's queue tells of itself, whatever its items are.
type queue interface {
	Depth() (items, bytes int)
	Busy() time.Duration
	Full() time.Duration
}

func (m *Model) queues() map[Tower]queue {
	return map[Tower]queue{Text: m.textQueue, Vision: m.imageQueue}
}

// Depth returns how many items wait for a tower, and how many bytes they hold.
func (m *Model) Depth(t Tower) (items, bytes int) { return m.queues()[t].Depth() }

// QueueLimits returns the bounds of the towers' queues.
func (m *Model) QueueLimits() config.Queue { return m.limits }

// Busy returns how long the longest run under way has lasted.
func (m *Model) Busy() time.Duration { return max(m.textQueue.Busy(), m.imageQueue.Busy()) }

// Full returns for how long a tower's queue has been refusing items.
func (m *Model) Full() time.Duration { return max(m.textQueue.Full(), m.imageQueue.Full()) }

// Score scores two embeddings of this model.
func (m *Model) Score(text, image []float32) Score { return m.ScoreOf(Similarity(text, image)) }

// ScoreOf returns the score of a text and a picture of that similarity.
func (m *Model) ScoreOf(similarity float64) Score { return m.scorer.score(similarity) }

// WarmUp runs both towers, so that the first callers do not pay for allocations
// and engines, and checks that the embeddings are what embeddings must be. On a
// GPU it does so at every batch size that they will use; a CPU's first run of a
// size takes as long as any other, and so one item is enough.
func (m *Model) WarmUp(ctx context.Context) error {
	largest := m.batchSizes[Text] // On a GPU those of both towers are the same.
	if m.device == config.CPU {
		largest = 1
	}
	for n := 1; ; n = min(2*n, largest) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := errors.Join(warmUpPlaces(ctx, m.textTower, n), warmUpPlaces(ctx, m.imageTower, n)); err != nil {
			return fmt.Errorf("warming up with a batch of %d: %w", n, err)
		}
		if n == largest {
			for _, v := range m.verdicts() {
				v.is(nil)
			}
			return nil
		}
	}
}

// warmUpPlaces runs a tower on n items in each of its places at the same time, so
// that what runs beside each other need is taken, too. On a CPU that is little, and
// one run has all threads.
func warmUpPlaces[T int64 | uint8](ctx context.Context, t *tower[T], n int) error {
	var places errgroup.Group
	for range cap(t.places) {
		places.Go(func() error { return warmUp(ctx, t, n) })
	}
	return places.Wait()
}

// warmUp runs a tower on n items that are known to be good.
func warmUp[T int64 | uint8](ctx context.Context, t *tower[T], n int) error {
	in, out := make([][]T, n), make([][]float32, n)
	for i := range in {
		in[i] = t.sample
	}
	if err := t.run(ctx, in, out); err != nil {
		return err
	}
	for _, e := range out {
		if e == nil {
			return notFinite(t.name, e, nil)
		}
		var square float64
		for _, v := range e {
			square += float64(v) * float64(v)
		}
		if !(square > 0.98 && square < 1.02) {
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
