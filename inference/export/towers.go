package export

import (
	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/inference/onnx"
	"github.com/seed-74198975/rsclip/inference/preprocess"
)

// text adds the text tower: ids to embeddings of length 1.
func (b *builder) text(c towerConfig) modelfolder.Text {
	const prefix = "text_model"
	t := modelfolder.Text{
		IO:        modelfolder.IO{File: "text_model.onnx", Input: "input_ids", Output: "text_embeds", Normalized: true},
		Positions: c.Positions, VocabSize: c.VocabSize,
	}
	ids := b.Input(t.Input, onnx.Int64, "batch", c.Positions)
	x := b.Node("Gather", []string{b.weight(prefix+".embeddings.token_embedding.weight", c.VocabSize, c.HiddenSize), ids})
	x = b.Node("Add", []string{x, b.weight(prefix+".embeddings.position_embedding.weight", c.Positions, c.HiddenSize)})
	last := b.Constant("text.last", onnx.Int64, nil, int64Bytes(c.Positions-1))
	_, x = b.addNorm(b.encoder(x, prefix, c, last), prefix+".final_layer_norm", c)
	b.unit(b.linear(x, prefix+".head", c.HiddenSize, c.ProjectionSize), t.Output, c.ProjectionSize)
	return t
}

// vision adds the vision tower: the pixels of pictures as p resizes them to
// embeddings of length 1.
func (b *builder) vision(c towerConfig, p modelfolder.Preprocess) modelfolder.Vision {
	const prefix = "vision_model"
	size := p.Width
	v := modelfolder.Vision{
		IO:     modelfolder.IO{File: "vision_model.onnx", Input: "pixel_values", Output: "image_embeds", Normalized: true},
		Height: size, Width: size, Patch: c.PatchSize,
	}
	pixels := b.pixels(&v, c.Channels, p)
	width, side := c.HiddenSize, size/c.PatchSize
	x := b.Node("Conv", []string{
		pixels,
		b.weight(prefix+".embeddings.patch_embedding.weight", width, c.Channels, c.PatchSize, c.PatchSize),
		b.weight(prefix+".embeddings.patch_embedding.bias", width),
	}, onnx.Ints("kernel_shape", c.PatchSize, c.PatchSize), onnx.Ints("strides", c.PatchSize, c.PatchSize))
	x = b.Node("Transpose", []string{b.Node("Reshape", []string{x, b.shape("vision.flat", 0, width, side*side)})}, onnx.Ints("perm", 0, 2, 1))
	trained := c.ImageSize / c.PatchSize
	positions := b.tensor(prefix+".embeddings.position_embedding.weight", trained*trained, width)
	positions = resizePositions(positions, trained, side, width)
	x = b.Node("Add", []string{x, b.Weight(prefix+".embeddings.position_embedding.weight", onnx.Float, []int{side * side, width}, float32Bytes(positions))})
	_, x = b.addNorm(b.encoder(x, prefix, c, ""), prefix+".post_layernorm", c)
	b.unit(b.pool(x, prefix+".head", c), v.Output, width)
	return v
}

// pixels adds the vision tower's input, and returns the normalised pixels. They
// come in as bytes, a quarter of what is copied, where the graph's arithmetic has
// the bits of the reference's. Portable graphs take float32, as other programs
// hand them over.
func (b *builder) pixels(v *modelfolder.Vision, channels int, p modelfolder.Preprocess) string {
	processor, err := preprocess.New(preprocess.Spec(p))
	if err != nil {
		b.fail(v.Input, err)
		return ""
	}
	divisor, offset, ok := processor.Arithmetic()
	if !b.fused || !ok {
		return b.Input(v.Input, onnx.Float, "batch", channels, p.Height, p.Width)
	}
	v.RawPixels = true
	bytes := b.Input(v.Input, onnx.Uint8, "batch", channels, p.Height, p.Width)
	x := b.Node("Cast", []string{bytes}, onnx.Int("to", int(onnx.Float)))
	x = b.Node("Div", []string{x, b.Constant("vision.divisor", onnx.Float, []int{channels, 1, 1}, float32Bytes(divisor[:]))})
	return b.Node("Sub", []string{x, b.Constant("vision.offset", onnx.Float, []int{channels, 1, 1}, float32Bytes(offset[:]))})
}
