package export

import (
	"math"

	"github.com/seed-74198975/rsclip/inference/onnx"
)

// attention is attention of some positions, in queries, to all, in x, without a
// mask: SigLIP attends to padding too. The output layer's bias is left to the
// caller.
func (b *builder) attention(queries, x, name string, width, heads int) (delta, bias string) {
	var projections [3]string
	var biases []float32
	by := [3]productFunc{b.format.scores, b.format.scores, b.format.product}
	of := [3]string{queries, x, x}
	for i, p := range []string{".q_proj", ".k_proj", ".v_proj"} {
		projections[i] = b.productBy(by[i], of[i], name+p, width, width)
		biases = append(biases, b.tensor(name+p+".bias", width)...)
	}
	var h string
	if b.fused {
		packed := b.vector(name+".qkv.bias", biases)
		h = b.Contrib("MultiHeadAttention", []string{projections[0], projections[1], projections[2], packed}, 1, onnx.Int("num_heads", heads))[0]
	} else {
		for i, p := range []string{".q_proj", ".k_proj", ".v_proj"} {
			projections[i] = b.Node("Add", []string{projections[i], b.vector(name+p+".bias", biases[i*width:(i+1)*width])})
		}
		h = b.standardAttention(projections, width, heads)
	}
	return b.leave(b.product(h, name+".out_proj", width, width)), b.weight(name+".out_proj.bias", width)
}

// standardAttention is attention in standard operators, its softmax in float32.
func (b *builder) standardAttention(qkv [3]string, width, heads int) string {
	split := b.shape("attention.split", 0, 0, heads, width/heads)
	join := b.shape("attention.join", 0, 0, width)
	q := b.Node("Transpose", []string{b.Node("Reshape", []string{qkv[0], split})}, onnx.Ints("perm", 0, 2, 1, 3))
	k := b.Node("Transpose", []string{b.Node("Reshape", []string{qkv[1], split})}, onnx.Ints("perm", 0, 2, 3, 1))
	v := b.Node("Transpose", []string{b.Node("Reshape", []string{qkv[2], split})}, onnx.Ints("perm", 0, 2, 1, 3))
	// Scaling before the product keeps its sums within float16.
	scale := b.scalar("attention.scale", float32(1/math.Sqrt(float64(width/heads))))
	scores := b.leave(b.Node("MatMul", []string{b.Node("Mul", []string{q, scale}), k}))
	weights := b.enter(b.Node("Softmax", []string{scores}, onnx.Int("axis", -1)))
	h := b.Node("Transpose", []string{b.Node("MatMul", []string{weights, v})}, onnx.Ints("perm", 0, 2, 1, 3))
	return b.Node("Reshape", []string{h, join})
}

// pool is the vision tower's attention-pooling head, in float32: one learned
// query, the probe, attends to all patches, and an MLP follows. Its query
// does not depend on the picture, so it is computed here.
func (b *builder) pool(x, name string, c towerConfig) string {
	width, heads := c.HiddenSize, c.Heads
	in := b.tensor(name+".attention.in_proj_weight", 3*width, width)
	bias := b.tensor(name+".attention.in_proj_bias", 3*width)
	probe := b.tensor(name+".probe", 1, 1, width)
	query := make([]float32, width)
	for i := range query {
		sum := float64(bias[i])
		for j, p := range probe {
			sum += float64(in[i*width+j]) * float64(p)
		}
		query[i] = float32(sum / math.Sqrt(float64(width/heads)))
	}
	split := b.shape("pool.split", 0, 0, heads, width/heads)
	part := func(i int, label string, perm ...int) string {
		w := transpose(in[i*width*width:(i+1)*width*width], width, width)
		y := b.Node("MatMul", []string{x, b.Weight(name+label+".weight", onnx.Float, []int{width, width}, float32Bytes(w))})
		y = b.Node("Add", []string{y, b.Weight(name+label+".bias", onnx.Float, []int{width}, float32Bytes(bias[i*width:(i+1)*width]))})
		return b.Node("Transpose", []string{b.Node("Reshape", []string{y, split})}, onnx.Ints("perm", perm...))
	}
	k, v := part(1, ".attention.k", 0, 2, 3, 1), part(2, ".attention.v", 0, 2, 1, 3)
	q := b.Weight(name+".query", onnx.Float, []int{1, heads, 1, width / heads}, float32Bytes(query))
	attended := b.Node("MatMul", []string{b.Node("Softmax", []string{b.Node("MatMul", []string{q, k})}, onnx.Int("axis", -1)), v})
	h := b.Node("Reshape", []string{attended, b.shape("pool.join", 0, width)})
	h = b.linear(h, name+".attention.out_proj", width, width)
	m := b.layerNorm(h, name+".layernorm", width, c.LayerNormEpsilon)
	m = b.linear(m, name+".mlp.fc1", width, c.IntermediateSize)
	return b.Node("Add", []string{h, b.linear(b.gelu(m), name+".mlp.fc2", c.IntermediateSize, width)})
}

// shape is a constant shape for Reshape, the same one under the same name.
func (b *builder) shape(name string, dims ...int) string {
	return b.once(name, func() { b.Constant(name, onnx.Int64, []int{len(dims)}, int64Bytes(dims...)) })
}

// scalar is a constant number in the type of products.
func (b *builder) scalar(name string, v float32) string {
	return b.once(name, func() {
		data, err := b.format.vector([]float32{v})
		b.fail(name, err)
		b.Constant(name, b.format.compute, nil, data)
	})
}

// once adds a constant that many layers share.
func (b *builder) once(name string, add func()) string {
	if !b.shared[name] {
		b.shared[name] = true
		add()
	}
	return name
}
