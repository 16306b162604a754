package export

import (
	"math"

	"github.com/seed-74198975/rsclip/inference/onnx"
)

// attendOnce is attention of one query a head to all positions, in float32.
// Directions are the scaled queries times the keys' weights, [heads, width] or
// [batch, heads, width]; v are the values' weights. Neither keys nor values are
// worked out for every position, since products can be regrouped: (q K) x is
// q (K x), and V meets the one mean of x that the attention takes. The keys' bias
// would add the same to all scores of a query, which softmax takes away again.
func (b *builder) attendOnce(directions, x, name string, v, bias []float32, width, heads int) string {
	scores := b.Node("MatMul", []string{directions, b.Node("Transpose", []string{x}, onnx.Ints("perm", 0, 2, 1))})
	mean := b.Node("MatMul", []string{b.Node("Softmax", []string{scores}, onnx.Int("axis", -1)), x})
	mean = b.Node("Reshape", []string{mean, b.shape("once.mean", 0, heads, 1, width)})
	head := width / heads
	var byHead []float32
	for h := range heads {
		byHead = append(byHead, transpose(v[h*head*width:(h+1)*head*width], head, width)...)
	}
	values := b.Node("MatMul", []string{mean, b.Weight(name+".v.weight", onnx.Float, []int{heads, width, head}, float32Bytes(byHead))})
	values = b.Node("Reshape", []string{values, b.shape("once.values", 0, width)})
	return b.Node("Add", []string{values, b.Weight(name+".v.bias", onnx.Float, []int{width}, float32Bytes(bias))})
}

// attentionOfOne is a layer's attention of one position, [batch, width], to all
// of x.
func (b *builder) attentionOfOne(query, x, name string, width, heads int) (delta, bias string) {
	head := width / heads
	q := b.Node("Reshape", []string{b.linear(query, name+".q_proj", width, width), b.shape("once.query", 0, heads, 1, head)})
	k := b.tensor(name+".k_proj.weight", width, width)
	b.tensor(name+".k_proj.bias", width) // It must be there and is counted, but has no part in the outcome.
	for i := range k {
		k[i] = float32(float64(k[i]) / math.Sqrt(float64(head)))
	}
	directions := b.Node("MatMul", []string{q, b.Weight(name+".k_proj.weight", onnx.Float, []int{heads, head, width}, float32Bytes(k))})
	directions = b.Node("Reshape", []string{directions, b.shape("once.directions", 0, heads, width)})
	v := b.tensor(name+".v_proj.weight", width, width)
	h := b.attendOnce(directions, x, name, v, b.tensor(name+".v_proj.bias", width), width, heads)
	return b.attended(b.enter(h), name, width)
}

// pool is the vision tower's attention-pooling head, in float32: one learned
// query, the probe, attends to all patches, and an MLP follows. Its directions do
// not depend on the picture, so they are computed here.
func (b *builder) pool(x, name string, c towerConfig) string {
	width, heads := c.HiddenSize, c.Heads
	in := b.tensor(name+".attention.in_proj_weight", 3*width, width)
	bias := b.tensor(name+".attention.in_proj_bias", 3*width)
	probe := b.tensor(name+".probe", 1, 1, width)
	head := width / heads
	k, sums := in[width*width:2*width*width], make([]float64, heads*width)
	for i := range width {
		query := float64(bias[i])
		for j, p := range probe {
			query += float64(in[i*width+j]) * float64(p)
		}
		query /= math.Sqrt(float64(head))
		for j := range width {
			sums[i/head*width+j] += query * float64(k[i*width+j])
		}
	}
	directions := make([]float32, len(sums))
	for i, s := range sums {
		directions[i] = float32(s)
	}
	probed := b.Weight(name+".directions", onnx.Float, []int{heads, width}, float32Bytes(directions))
	h := b.attendOnce(probed, x, name+".attention", in[2*width*width:], bias[2*width:], width, heads)
	h = b.linear(h, name+".attention.out_proj", width, width)
	m := b.layerNorm(h, name+".layernorm", width, c.LayerNormEpsilon)
	m = b.linear(m, name+".mlp.fc1", width, c.IntermediateSize)
	return b.Node("Add", []string{h, b.linear(b.gelu(m), name+".mlp.fc2", c.IntermediateSize, width)})
}
