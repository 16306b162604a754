package export

import (
	"math"

	"github.com/seed-74198975/rsclip/inference/onnx"
)

// attention is attention of all positions to all, without a mask: SigLIP attends
// to padding too. The output layer's bias is left to the caller.
func (b *builder) attention(x, name string, width, heads int) (delta, bias string) {
	var projections [3]string
	var biases []float32
	by := [3]productFunc{b.format.scores, b.format.scores, b.format.product}
	for i, p := range []string{".q_proj", ".k_proj", ".v_proj"} {
		projections[i] = b.productBy(by[i], x, name+p, width, width)
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
	return b.attended(h, name, width)
}

// attended is attention's output layer, whose bias is left to the caller.
func (b *builder) attended(h, name string, width int) (delta, bias string) {
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
