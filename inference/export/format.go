package export

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/onnx"
)

// format is how the weights of linear layers are written.
type format struct {
	// compute is the type of hidden states inside a block.
	compute onnx.DataType
	// vector encodes values of that type.
	vector func([]float32) ([]byte, error)
	// product adds x W for a weight of shape [in, out].
	product productFunc
	// scores is the product for queries and keys, whose errors a softmax
	// multiplies.
	scores productFunc
}

type productFunc func(b *builder, x, name string, w []float32, in, out int) (string, error)

var formats = map[config.Precision]format{
	config.FP32: {onnx.Float, wholeVector, wholeProduct, wholeProduct},
	config.FP16: {onnx.Float16, halfVector, halfProduct, halfProduct},
	config.INT8: {onnx.Float, wholeVector, int8Product, wholeProduct},
}

func wholeVector(values []float32) ([]byte, error) { return float32Bytes(values), nil }

func wholeProduct(b *builder, x, name string, w []float32, in, out int) (string, error) {
	return b.Node("MatMul", []string{x, b.Weight(name+".weight", onnx.Float, []int{in, out}, float32Bytes(w))}), nil
}

func halfProduct(b *builder, x, name string, w []float32, in, out int) (string, error) {
	data, err := halfVector(w)
	return b.Node("MatMul", []string{x, b.Weight(name+".weight", onnx.Float16, []int{in, out}, data)}), err
}

// halfVector rounds to IEEE 754 halves.
func halfVector(values []float32) ([]byte, error) {
	out := make([]byte, 0, 2*len(values))
	for _, v := range values {
		h := half(v)
		if h&0x7fff == 0x7c00 {
			return nil, fmt.Errorf("the weight %v does not fit fp16, whose largest number is 65504: export fp32", v)
		}
		out = binary.LittleEndian.AppendUint16(out, h)
	}
	return out, nil
}

// half rounds to the nearest IEEE 754 half, ties to even.
func half(f float32) uint16 {
	bits := math.Float32bits(f)
	sign := uint16(bits >> 16 & 0x8000)
	abs := bits & 0x7fffffff
	switch {
	case abs > 0x7f800000: // NaN
		return sign | 0x7e00
	case abs >= 0x477ff000: // Rounds to 65520 or more.
		return sign | 0x7c00
	case abs < 0x38800000: // Subnormal: a whole number of 2^-24.
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(abs))*(1<<24)))
	}
	// Add half of the last kept bit, less one where that bit is even.
	rounded := abs + 0xfff + abs>>13&1
	return sign | uint16((rounded-0x38000000)>>13) //nolint:gosec // At most 0x7bff.
}

// int8Product quantizes the weight symmetrically with one scale a column,
// and the activations as the graph runs. Seven bits of the eight are used:
// processors without VNNI add pairs of products of the full range in 16 bits,
// which overflows.
func int8Product(b *builder, x, name string, w []float32, in, out int) (string, error) {
	const limit = 63
	scales := make([]float32, out)
	for i, v := range w {
		scales[i%out] = max(scales[i%out], float32(math.Abs(float64(v))))
	}
	for i, s := range scales {
		scales[i] = max(s, math.SmallestNonzeroFloat32*limit) / limit
	}
	data := make([]byte, len(w))
	for i, v := range w {
		q := math.RoundToEven(float64(v / scales[i%out]))
		data[i] = byte(int8(min(max(q, -limit), limit))) //nolint:gosec // Two's complement, as ONNX wants it.
	}
	weight := b.Weight(name+".weight", onnx.Int8, []int{in, out}, data)
	scale := b.Weight(name+".weight.scale", onnx.Float, []int{out}, float32Bytes(scales))
	if b.fused {
		return b.Contrib("DynamicQuantizeMatMul", []string{x, weight, scale}, 1)[0], nil
	}
	quantized := b.Nodes("DynamicQuantizeLinear", []string{x}, 3)
	sums := b.Node("MatMulInteger", []string{quantized[0], weight, quantized[2]})
	sums = b.Node("Cast", []string{sums}, onnx.Int("to", int(onnx.Float)))
	return b.Node("Mul", []string{sums, b.Node("Mul", []string{quantized[1], scale})}), nil
}
