package export

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seed-74198975/rsclip/inference/safetensors"
)

// weights reads tensors of a checkpoint and checks their shapes.
type weights struct {
	ctx         context.Context // ends a long export
	checkpoint  *safetensors.Checkpoint
	progress    func(line string)
	total, done int64           // parameters
	read        map[string]bool // tensors by name
}

func newWeights(ctx context.Context, c *safetensors.Checkpoint, progress func(string)) *weights {
	w := &weights{ctx: ctx, checkpoint: c, progress: progress, read: map[string]bool{}}
	for _, name := range c.Names() {
		if t, _ := c.Tensor(name); !isPositionIDs(name) {
			w.total += int64(t.Elements())
		}
	}
	return w
}

// isPositionIDs reports whether a tensor counts positions, as older versions of
// transformers save it and newer ones skip it.
func isPositionIDs(name string) bool { return strings.HasSuffix(name, "embeddings.position_ids") }

// warnOfUnread tells of tensors that no tower reads.
func (w *weights) warnOfUnread() {
	var names []string
	for _, name := range w.checkpoint.Names() {
		if !w.read[name] && !isPositionIDs(name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		w.progress(fmt.Sprintf("warning: the weights have %d tensors that SigLIP has not, which are left out: %.200q", len(names), names[:min(len(names), 3)]))
	}
}

// get reads a tensor, which must have the given shape.
func (w *weights) get(name string, shape ...int) ([]float32, error) {
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	t, ok := w.checkpoint.Tensor(name)
	if !ok {
		return nil, fmt.Errorf("reading weights: there is no tensor %q: is this a SigLIP checkpoint of the shape that config.json says?", name)
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("reading weights: %q has shape %v, config.json asks for %v", name, t.Shape, shape)
	}
	data, err := t.Float32()
	if err != nil {
		return nil, err
	}
	w.read[name] = true
	before := w.done * 10 / w.total
	w.done += int64(len(data))
	if now := w.done * 10 / w.total; now > before {
		w.progress(fmt.Sprintf("%3d %% of %.1f million parameters", now*10, float64(w.total)/1e6))
	}
	return data, nil
}

// transpose turns rows x columns into columns x rows, a block at a time so
// that both sides stay in the cache.
func transpose(data []float32, rows, columns int) []float32 {
	const block = 32
	out := make([]float32, len(data))
	for r0 := 0; r0 < rows; r0 += block {
		for c0 := 0; c0 < columns; c0 += block {
			for r := r0; r < min(r0+block, rows); r++ {
				for c := c0; c < min(c0+block, columns); c++ {
					out[c*rows+r] = data[r*columns+c]
				}
			}
		}
	}
	return out
}

// float32Bytes encodes values as ONNX's raw data.
func float32Bytes(values []float32) []byte {
	out := make([]byte, 0, 4*len(values))
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

func int64Bytes(values ...int) []byte {
	out := make([]byte, 0, 8*len(values))
	for _, v := range values {
		out = binary.LittleEndian.AppendUint64(out, uint64(v)) //nolint:gosec // Two's complement, as ONNX wants it.
	}
	return out
}
