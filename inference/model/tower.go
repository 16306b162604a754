package model

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/bits"
	"path/filepath"

	ort "github.com/yalue/onnxruntime_go"
	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// tower is one half of the model: a session with one input of a fixed number
// of elements an item, and one output of dim floats an item, normalised to
// length 1. As many runs as it has places may be under way at the same time.
type tower[T int64 | uint8] struct {
	name     Tower
	session  *ort.DynamicAdvancedSession
	item     ort.Shape // of one item of the input, without the batch
	elements int       // in one item of the input
	dim      int
	// scale says that the graph leaves its embeddings at any length.
	scale bool
	exact bool // run the batch's own size, not the bucket above it

	sample  []T // an item that is known to be good
	verdict verdict

	// Places that no run has taken. Runs in those of places have the caller's thread,
	// and the session's as far as they are idle. Runs in those of workers have one of
	// the session's, and so add no thread to the others'.
	places, workers chan *place[T]
	input, output   string // their names
	pins            *pins
}

// place is the memory of a run. Those that follow each other in it read and write
// the same, with room for the largest batch.
type place[T any] struct {
	home    chan *place[T] // where it waits for a run
	options *ort.RunOptions
	in      input[T]
	out     []float32
	buffers map[int]*buffer
}

// buffer is the input and output of runs of one size, which are the beginnings
// of the place's memory.
type buffer struct {
	in, out []ort.Value // one each
}

// newTowers opens the graphs of a model folder, for runs of at most so many items.
func newTowers(dir string, d *modelfolder.Metadata, device config.Device, c config.Model, sizes map[Tower]int, shared map[Tower]sharing, normalize func(to []float32, pixels []uint8)) (text *tower[int64], vision *tower[uint8], err error) {
	// ONNX Runtime makes a session on one thread, most of which goes into the
	// layout of the weights: at the same time is twice as fast.
	var towers errgroup.Group
	towers.Go(func() (err error) {
		text, err = newTower(Text, dir, d.Text.IO, []int{d.Text.Positions}, d.EmbeddingSize, sizes[Text], shared[Text], device, c, copied[int64])
		return err
	})
	towers.Go(func() (err error) {
		pixels := copied[uint8]
		if !d.Vision.RawPixels {
			pixels = func(p *pins, elements, items int) input[uint8] {
				return memory[uint8, float32]{memoryFor[float32](p, items*elements), elements, normalize}
			}
		}
		vision, err = newTower(Vision, dir, d.Vision.IO, []int{3, d.Vision.Height, d.Vision.Width}, d.EmbeddingSize, sizes[Vision], shared[Vision], device, c, pixels)
		return err
	})
	if err := towers.Wait(); err != nil {
		if text != nil {
			text.close()
		}
		if vision != nil {
			vision.close()
		}
		return nil, nil, err
	}
	return text, vision, nil
}

// newTower opens a graph in dir for runs of up to most items, each of the shape item.
func newTower[T int64 | uint8](name Tower, dir string, io modelfolder.IO, item []int, dim, most int, shared sharing, device config.Device, c config.Model, newInput func(p *pins, elements, items int) input[T]) (*tower[T], error) {
	t := &tower[T]{
		name: name, dim: dim, elements: 1, scale: !io.Normalized,
		// A GPU wants few shapes, for its graphs and engines; a CPU only loses by padding.
		exact: device == config.CPU,
		input: io.Input, output: io.Output,
		places: make(chan *place[T], shared.runs), workers: make(chan *place[T]),
	}
	if t.exact {
		t.places, t.workers = make(chan *place[T], 1), make(chan *place[T], shared.runs-1)
	}
	for _, d := range item {
		t.item = append(t.item, int64(d))
		t.elements *= d
	}
	t.sample = make([]T, t.elements)
	largest := t.bucket(most)
	options, err := newSessionOptions(device, c, shapes{io.Input, t.item, largest})
	if err != nil {
		return nil, err
	}
	defer func() { _ = options.Destroy() }()
	t.session, err = ort.NewDynamicAdvancedSession(filepath.Join(dir, io.File), []string{io.Input}, []string{io.Output}, options)
	if err != nil {
		return nil, fmt.Errorf("loading the %s tower: %w", name, err)
	}
	if device != config.CPU {
		t.pins = &pins{device: c.CUDAOptions().DeviceID}
	}
	for home, items := range map[chan *place[T]]int{t.places: largest, t.workers: shared.beside} {
		for range cap(home) {
			p := &place[T]{home: home, in: newInput(t.pins, t.elements, items), out: memoryFor[float32](t.pins, items*dim), buffers: make(map[int]*buffer)}
			if p.options, err = ort.NewRunOptions(); err != nil {
				t.close()
				return nil, fmt.Errorf("making the %s tower's run options: %w", name, err)
			}
			home <- p
		}
	}
	if t.pins != nil && t.pins.denied {
		slog.Warn("copies to and from the GPU are slow, since CUDA has no pinned memory for them", "tower", name)
	}
	return t, nil
}

// run embeds up to the configured batch size of items; in and out have the same length, and
// each out gets a new slice of dim floats, or nil where these are not all finite.
// When ctx ends, the run is terminated before its next operator and fails.
func (t *tower[T]) run(ctx context.Context, in [][]T, out [][]float32) error {
	p := t.place()
	defer func() { p.home <- p }()
	b, err := t.buffer(p, t.bucket(len(in)))
	if err != nil {
		return err
	}
	for i, item := range in {
		if len(item) != t.elements {
			return fmt.Errorf("running the %s tower: item %d has %d elements, want %d", t.name, i, len(item), t.elements)
		}
		p.in.load(i, item)
	}
	if err := t.runSession(ctx, p, b); err != nil {
		return fmt.Errorf("running the %s tower: %w", t.name, err)
	}
	embeddings := make([]float32, len(in)*t.dim)
	copy(embeddings, p.out)
	for i := range out {
		out[i] = embeddings[i*t.dim : (i+1)*t.dim : (i+1)*t.dim]
		if t.scale {
			toLength1(out[i])
		}
		if !finite(out[i]) {
			out[i] = nil
		}
	}
	return nil
}

// place waits for a place that no run has taken. A run alone gets all threads.
func (t *tower[T]) place() *place[T] {
	select {
	case p := <-t.places:
		return p
	default:
	}
	select {
	case p := <-t.places:
		return p
	case p := <-t.workers:
		return p
	}
}

func (t *tower[T]) runSession(ctx context.Context, p *place[T], b *buffer) error {
	terminated := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = p.options.Terminate()
		close(terminated)
	})
	var err error
	if p.home == t.workers {
		err = t.runInWorker(p, b)
	} else {
		err = t.session.RunWithOptions(b.in, b.out, p.options)
	}
	if stop() {
		return err
	}
	// The place's next run must not be terminated for this one.
	<-terminated
	return errors.Join(err, p.options.UnsetTerminate())
}

// toLength1 divides an embedding by its length.
func toLength1(v []float32) {
	var square float64
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	length := math.Sqrt(square)
	for i, x := range v {
		v[i] = float32(float64(x) / length)
	}
}

// finite says whether there is no NaN and no infinite number. A number less
// itself is 0, but for these.
func finite(v []float32) bool {
	var sum float32
	for _, x := range v {
		sum += x - x
	}
	return sum == 0
}

// bucket returns the batch size that a run of n items uses: the power of two
// above it, but on a CPU n itself.
func (t *tower[T]) bucket(n int) int {
	if t.exact {
		return n
	}
	return 1 << bits.Len(uint(n-1))
}

func (t *tower[T]) buffer(p *place[T], n int) (*buffer, error) {
	if b, ok := p.buffers[n]; ok {
		return b, nil
	}
	in, err := p.in.tensor(append(ort.NewShape(int64(n)), t.item...))
	if err != nil {
		return nil, fmt.Errorf("making the %s tower's input for %d items: %w", t.name, n, err)
	}
	out, err := ort.NewTensor(ort.NewShape(int64(n), int64(t.dim)), p.out)
	if err != nil {
		_ = in.Destroy()
		return nil, fmt.Errorf("making the %s tower's output for %d items: %w", t.name, n, err)
	}
	b := &buffer{in: []ort.Value{in}, out: []ort.Value{out}}
	p.buffers[n] = b
	return b, nil
}

// close frees the tower, which nothing may run.
func (t *tower[T]) close() {
	for range len(t.places) + len(t.workers) {
		p := t.place()
		for _, b := range p.buffers {
			_ = b.in[0].Destroy()
			_ = b.out[0].Destroy()
		}
		_ = p.options.Destroy()
	}
	t.pins.free()
	_ = t.session.Destroy()
}
