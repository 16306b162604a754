package export

import (
	"fmt"

	"github.com/seed-74198975/rsclip/inference/onnx"
)

// builder adds the parts of a SigLIP tower to a graph. Values are named by
// strings. Hidden states have the shape [batch, sequence, width]; between the
// blocks they are float32, inside a block they have the type of products. The
// first error stops the builder.
type builder struct {
	*onnx.Graph
	weights *weights
	format  format          // of the linear layers' weights
	fused   bool            // with ONNX Runtime's own operators
	shared  map[string]bool // constants already added
	err     error
}

// tensor reads a tensor of the checkpoint; after an error, one of zeros.
func (b *builder) tensor(name string, shape ...int) []float32 {
	if b.err == nil {
		var data []float32
		if data, b.err = b.weights.get(name, shape...); b.err == nil {
			return data
		}
	}
	elements := 1
	for _, d := range shape {
		elements *= d
	}
	return make([]float32, elements)
}

// weight adds a tensor of the checkpoint as it is, in float32.
func (b *builder) weight(name string, shape ...int) string {
	return b.Weight(name, onnx.Float, shape, float32Bytes(b.tensor(name, shape...)))
}

// bias adds the bias of a linear layer, in the type of products.
func (b *builder) bias(name string, out int) string {
	return b.vector(name+".bias", b.tensor(name+".bias", out))
}

// vector adds a vector in the type of products.
func (b *builder) vector(name string, values []float32) string {
	data, err := b.format.vector(values)
	b.fail(name, err)
	return b.Weight(name, b.format.compute, []int{len(values)}, data)
}

// product is x W^T for a linear layer of the checkpoint, without its bias,
// which the fused operators behind it add.
func (b *builder) product(x, name string, in, out int) string {
	return b.productBy(b.format.product, x, name, in, out)
}

func (b *builder) productBy(f productFunc, x, name string, in, out int) string {
	w := transpose(b.tensor(name+".weight", out, in), out, in)
	y, err := f(b, x, name, w, in, out)
	b.fail(name, err)
	return y
}

func (b *builder) fail(name string, err error) {
	if b.err == nil && err != nil {
		b.err = fmt.Errorf("writing %s: %w", name, err)
	}
}

// linear is a whole linear layer in float32, for what must stay precise.
func (b *builder) linear(x, name string, in, out int) string {
	w := transpose(b.tensor(name+".weight", out, in), out, in)
	y := b.Node("MatMul", []string{x, b.Weight(name+".weight", onnx.Float, []int{in, out}, float32Bytes(w))})
	return b.Node("Add", []string{y, b.weight(name+".bias", out)})
}

// enter casts a hidden state to the type of products, and leave casts it back.
func (b *builder) enter(x string) string { return b.cast(x, b.format.compute, onnx.Float) }
func (b *builder) leave(x string) string { return b.cast(x, onnx.Float, b.format.compute) }

func (b *builder) cast(x string, to, from onnx.DataType) string {
	if to == from {
		return x
	}
	return b.Node("Cast", []string{x}, onnx.Int("to", int(to)))
}

// layerNorm normalises the last axis.
func (b *builder) layerNorm(x, name string, width int, epsilon float64) string {
	return b.Node("LayerNormalization", []string{x, b.weight(name+".weight", width), b.weight(name+".bias", width)},
		onnx.Int("axis", -1), onnx.Float32("epsilon", float32(epsilon)))
}

// residual is x + delta + bias, not yet added up; delta may be "", for none.
type residual struct{ x, delta, bias string }

// addNorm adds a residual up and normalises the sum.
func (b *builder) addNorm(r residual, name string, c towerConfig) (sum, normed string) {
	switch {
	case r.delta == "":
		return r.x, b.layerNorm(r.x, name, c.HiddenSize, c.LayerNormEpsilon)
	case !b.fused:
		sum = b.Node("Add", []string{r.x, b.Node("Add", []string{r.delta, r.bias})})
		return sum, b.layerNorm(sum, name, c.HiddenSize, c.LayerNormEpsilon)
	}
	outputs := b.Contrib("SkipLayerNormalization", []string{
		r.delta, r.x, b.weight(name+".weight", c.HiddenSize), b.weight(name+".bias", c.HiddenSize), r.bias,
	}, 4, onnx.Float32("epsilon", float32(c.LayerNormEpsilon)))
	return outputs[3], outputs[0]
}

// encoder is the pre-norm transformer of either tower. Where one position is
// read of its outcome, the index of it, else "", the last layer works out no
// other, since that one attends to all but nobody attends to it: the outcome has
// the shape [batch, width].
func (b *builder) encoder(x, prefix string, c towerConfig, position string) residual {
	r := residual{x: x}
	for i := range c.Layers {
		layer := fmt.Sprintf("%s.encoder.layers.%d", prefix, i)
		var h string
		r.x, h = b.addNorm(r, layer+".layer_norm1", c)
		if position != "" && i == c.Layers-1 {
			r.x = b.Node("Gather", []string{r.x, position}, onnx.Int("axis", 1))
			query := b.Node("Gather", []string{h, position}, onnx.Int("axis", 1))
			r.delta, r.bias = b.attentionOfOne(query, h, layer+".self_attn", c.HiddenSize, c.Heads)
		} else {
			r.delta, r.bias = b.attention(b.enter(h), layer+".self_attn", c.HiddenSize, c.Heads)
		}
		r.x, h = b.addNorm(r, layer+".layer_norm2", c)
		r.delta, r.bias = b.mlp(b.enter(h), layer+".mlp", c.HiddenSize, c.IntermediateSize)
	}
	return r
}

// mlp is the two linear layers of a block with GELU, by its tanh
// approximation, between them. The last bias is left to the caller.
func (b *builder) mlp(x, name string, width, inner int) (delta, bias string) {
	h := b.product(x, name+".fc1", width, inner)
	if b.fused {
		h = b.Contrib("FastGelu", []string{h, b.bias(name+".fc1", inner)}, 1)[0]
	} else {
		h = b.gelu(b.Node("Add", []string{h, b.bias(name+".fc1", inner)}))
	}
	return b.leave(b.product(h, name+".fc2", inner, width)), b.weight(name+".fc2.bias", width)
}

func (b *builder) gelu(x string) string {
	return b.Node("Gelu", []string{x}, onnx.String("approximate", "tanh"))
}

// unit scales embeddings to length 1 and makes them the graph's output.
func (b *builder) unit(x, output string, size int) {
	norm := b.Node("ReduceL2", []string{x, b.Constant("unit.axes", onnx.Int64, []int{1}, int64Bytes(-1))}, onnx.Int("keepdims", 1))
	b.Named(output, "Div", []string{x, norm})
	b.Output(output, onnx.Float, "batch", size)
}
