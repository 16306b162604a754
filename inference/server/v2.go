package server

import (
	"context"
	"encoding/binary"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-74198975/rsclip/inference/budget"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/pipeline"
)

// The tensors of the Open Inference Protocol, version 2. Inputs are optional,
// but one must be there; image and image_url must not both be.
const (
	inputText     = "text"      // BYTES [texts]: UTF-8
	inputImage    = "image"     // BYTES [images]: files; in JSON, base64 or data URLs
	inputImageURL = "image_url" // BYTES [images]: addresses

	outputText        = "text_embedding"  // FP32 [texts, size], of length 1
	outputImage       = "image_embedding" // FP32 [images, size], of length 1
	outputSimilarity  = "similarity"      // FP32 [images, texts]; the next two alike
	outputLogit       = "logit"
	outputProbability = "probability"
)

// tensorSpec is a tensor as the model's metadata shows it; -1 is any number.
type tensorSpec struct {
	Name     string  `json:"name"`
	Datatype string  `json:"datatype"`
	Shape    []int64 `json:"shape"`
}

func v2Inputs() []tensorSpec {
	return []tensorSpec{{inputText, "BYTES", []int64{-1}}, {inputImage, "BYTES", []int64{-1}}, {inputImageURL, "BYTES", []int64{-1}}}
}

func v2Outputs(m *model.Model) []tensorSpec {
	size := int64(m.Description().EmbeddingSize)
	return []tensorSpec{
		{outputText, "FP32", []int64{-1, size}},
		{outputImage, "FP32", []int64{-1, size}},
		{outputSimilarity, "FP32", []int64{-1, -1}},
		{outputLogit, "FP32", []int64{-1, -1}},
		{outputProbability, "FP32", []int64{-1, -1}},
	}
}

// v2Platform names what runs a model, as the protocol asks: a runtime and a format.
func v2Platform(m *model.Model) string { return "onnxruntime_" + m.Family() }

// maxDepth bounds how deep a tensor's data may be nested, as its dimensions are.
const maxDepth = 8

// bytesTensor is an input: a list of byte strings.
type bytesTensor struct {
	name     string
	datatype string
	shape    []int64
	elements [][]byte
	encoded  bool // whether pictures are base64, as in JSON
}

// truncatedTexts is the parameter of an answer that has the indices of texts that
// are longer than the model reads, such as "0,7".
const truncatedTexts = "truncated_texts"

// floatTensor is an output.
type floatTensor struct {
	name  string
	shape []int64
	data  []float32
}

// checkModel refuses names and versions that are not the model's.
func checkModel(m *model.Model, name, version string) error {
	if name != m.Name() {
		return problem(http.StatusNotFound, "model_not_found", "there is no model %q: this server has %q", name, m.Name())
	}
	if version != "" && version != "1" {
		return problem(http.StatusNotFound, "model_not_found", "there is no version %q of %q: leave it out, or send 1", version, name)
	}
	return nil
}

// inferred are the outputs that were asked for.
type inferred struct {
	tensors   []floatTensor
	truncated string // the value of truncatedTexts, if there are any
}

// infer runs the inputs and returns the outputs asked for; no names means all
// that the inputs allow. An item that fails fails the request, since a tensor has
// no place for an error.
// The lease is of the answer's memory, and never nil with the tensors.
func (s *Server) infer(ctx context.Context, p *pipeline.Pipeline, inputs []bytesTensor, outputs []string) (out inferred, lease *budget.Lease, err error) {
	texts, images, err := readTensors(inputs)
	if err != nil {
		return out, nil, err
	}
	possible := possibleOutputs(len(texts) > 0, len(images) > 0)
	if len(outputs) == 0 {
		outputs = possible
	}
	for i, name := range outputs {
		if !slices.Contains(possible, name) {
			return out, nil, problem(http.StatusBadRequest, "invalid_request", "output %q cannot be had of these inputs: ask for some of %q", name, possible)
		}
		if slices.Contains(outputs[:i], name) { // A small request could make an answer of any size.
			return out, nil, problem(http.StatusBadRequest, "invalid_request", "output %q is asked for twice: ask for each once", name)
		}
	}
	// The tensors are copied into their binary form, and that into a message.
	lease, err = s.reserve(ctx, p, 4*(len(texts)+len(images)), 2*len(outputs)*len(texts)*len(images), 0)
	if err != nil {
		return out, nil, err
	}
	if out, err = inferWithin(ctx, p, texts, images, outputs); err != nil {
		lease.Release()
		return out, nil, err
	}
	return out, lease, nil
}

// inferWithin makes the outputs, for which there is room.
func inferWithin(ctx context.Context, p *pipeline.Pipeline, texts []string, images []pipeline.Image, outputs []string) (out inferred, err error) {
	textEmbeddings, imageEmbeddings, err := p.Embed(ctx, texts, images)
	if err != nil {
		return out, err
	}
	var cut []string
	for i, e := range textEmbeddings {
		if e.Truncated {
			cut = append(cut, strconv.Itoa(i))
		}
		if e.Err != nil {
			return out, itemFailed(e.Err, "text %d", i)
		}
	}
	for i, e := range imageEmbeddings {
		if e.Err != nil {
			return out, itemFailed(e.Err, "image %d", i)
		}
	}
	m := p.Model()
	size := m.Description().EmbeddingSize
	scores := func(value func(model.Score) float64) func(out []float32, row int) {
		return func(out []float32, row int) {
			for j, t := range textEmbeddings {
				out[j] = float32(value(m.Score(t.Vector, imageEmbeddings[row].Vector)))
			}
		}
	}
	// For each output its rows and columns, and what fills a row.
	kinds := map[string]struct {
		rows, columns int
		fill          func(out []float32, row int)
	}{
		outputText:        {len(texts), size, func(out []float32, row int) { copy(out, textEmbeddings[row].Vector) }},
		outputImage:       {len(images), size, func(out []float32, row int) { copy(out, imageEmbeddings[row].Vector) }},
		outputSimilarity:  {len(images), len(texts), scores(func(s model.Score) float64 { return s.Similarity })},
		outputLogit:       {len(images), len(texts), scores(func(s model.Score) float64 { return s.Logit })},
		outputProbability: {len(images), len(texts), scores(func(s model.Score) float64 { return s.Probability })},
	}
	out.tensors = make([]floatTensor, len(outputs))
	for i, name := range outputs {
		k := kinds[name]
		out.tensors[i] = floatTensor{name: name, shape: []int64{int64(k.rows), int64(k.columns)}, data: make([]float32, k.rows*k.columns)}
		for row := range k.rows {
			if err := ctx.Err(); err != nil { // A row takes a millisecond.
				return out, err
			}
			k.fill(out.tensors[i].data[row*k.columns:][:k.columns], row)
		}
	}
	out.truncated = strings.Join(cut, ",")
	return out, nil
}

func possibleOutputs(text, image bool) []string {
	var names []string
	if text {
		names = append(names, outputText)
	}
	if image {
		names = append(names, outputImage)
	}
	if text && image {
		names = append(names, outputSimilarity, outputLogit, outputProbability)
	}
	return names
}

// readTensors turns input tensors into texts and pictures.
func readTensors(inputs []bytesTensor) (texts []string, images []pipeline.Image, err error) {
	seen := map[string]bool{}
	for _, t := range inputs {
		if err := t.check(); err != nil {
			return nil, nil, err
		}
		if seen[t.name] || t.name != inputText && len(images) > 0 {
			return nil, nil, problem(http.StatusBadRequest, "invalid_request", "input %q is one too many: send each input once, and one of %s and %s", t.name, inputImage, inputImageURL)
		}
		seen[t.name] = true
		for i, e := range t.elements {
			switch {
			case t.name == inputText:
				texts = append(texts, string(e))
				continue
			case t.name == inputImage && !t.encoded:
				images = append(images, pipeline.Image{File: e})
				continue
			}
			read := func(v string) (pipeline.Image, error) { return inlineImage("the element", v) }
			if t.name == inputImageURL {
				read = imageAt
			}
			image, err := read(string(e))
			if err != nil {
				return nil, nil, asRefusal(err, "%s[%d]", t.name, i)
			}
			images = append(images, image)
		}
	}
	if len(texts)+len(images) == 0 {
		return nil, nil, problem(http.StatusBadRequest, "invalid_request", "there are no inputs: send text, and image or image_url, or one of them")
	}
	return texts, images, checkTexts(texts)
}

// checkKind refuses what no input is, before its content is read as one.
func (t bytesTensor) checkKind() error {
	if t.name != inputText && t.name != inputImage && t.name != inputImageURL {
		return problem(http.StatusBadRequest, "invalid_request", "there is no input %q: send %s, %s or %s", t.name, inputText, inputImage, inputImageURL)
	}
	if t.datatype != "BYTES" {
		return problem(http.StatusBadRequest, "invalid_request", "input %q has datatype %q: it must be BYTES", t.name, t.datatype)
	}
	return nil
}

func (t bytesTensor) check() error {
	if err := t.checkKind(); err != nil {
		return err
	}
	n := int64(1)
	for _, d := range t.shape {
		if d < 1 || d > maxItems {
			return problem(http.StatusBadRequest, "invalid_request", "input %q has shape %v: each dimension must be 1 to %d", t.name, t.shape, maxItems)
		}
		if n *= d; n > maxItems {
			return problem(http.StatusBadRequest, "invalid_request", "input %q has more than %d elements", t.name, maxItems)
		}
	}
	if len(t.shape) == 0 || int64(len(t.elements)) != n {
		return problem(http.StatusBadRequest, "invalid_request", "input %q has shape %v and %d elements: they must agree", t.name, t.shape, len(t.elements))
	}
	return nil
}

// splitBytes reads the binary form of a BYTES tensor: each element behind its
// length in four bytes, little-endian.
func splitBytes(data []byte) ([][]byte, error) {
	var elements [][]byte
	for len(data) > 0 {
		if len(data) < 4 {
			return nil, problem(http.StatusBadRequest, "invalid_request", "a BYTES tensor ends within the length of an element")
		}
		n := uint64(binary.LittleEndian.Uint32(data))
		data = data[4:]
		if n > uint64(len(data)) {
			return nil, problem(http.StatusBadRequest, "invalid_request", "an element of a BYTES tensor claims %d bytes, and %d are left", n, len(data))
		}
		if len(elements) >= maxItems {
			return nil, problem(http.StatusBadRequest, "invalid_request", "a BYTES tensor has more than %d elements", maxItems)
		}
		elements = append(elements, data[:n:n])
		data = data[n:]
	}
	return elements, nil
}

// binaryFloats is the binary form of an FP32 tensor.
func binaryFloats(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}
