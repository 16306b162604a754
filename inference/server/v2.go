package server

import (
	"context"
	"encoding/binary"
	"math"
	"net/http"
	"slices"

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

const v2Platform = "onnxruntime_siglip"

// bytesTensor is an input: a list of byte strings.
type bytesTensor struct {
	name     string
	datatype string
	shape    []int64
	elements [][]byte
	encoded  bool // whether pictures are base64, as in JSON
}

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

// infer runs the inputs and returns the outputs asked for; no names means all
// that the inputs allow. A picture that fails fails the request, since a
// tensor has no place for an error.
func infer(ctx context.Context, p *pipeline.Pipeline, inputs []bytesTensor, outputs []string) ([]floatTensor, error) {
	texts, images, err := readTensors(inputs)
	if err != nil {
		return nil, err
	}
	possible := possibleOutputs(len(texts) > 0, len(images) > 0)
	if len(outputs) == 0 {
		outputs = possible
	}
	for i, name := range outputs {
		if !slices.Contains(possible, name) {
			return nil, problem(http.StatusBadRequest, "invalid_request", "output %q cannot be had of these inputs: ask for some of %q", name, possible)
		}
		if slices.Contains(outputs[:i], name) { // A small request could make an answer of any size.
			return nil, problem(http.StatusBadRequest, "invalid_request", "output %q is asked for twice: ask for each once", name)
		}
	}
	textEmbeddings, imageEmbeddings, err := p.Embed(ctx, texts, images)
	if err != nil {
		return nil, err
	}
	for i, e := range imageEmbeddings {
		if e.Err != nil {
			known := asProblem(e.Err)
			if known.Status == http.StatusInternalServerError {
				return nil, e.Err
			}
			return nil, asRefusal(known, "image %d", i)
		}
	}
	m := p.Model()
	tensors := map[string]floatTensor{}
	add := func(name string, rows, columns int, at func(row int) []float32) {
		t := floatTensor{name: name, shape: []int64{int64(rows), int64(columns)}, data: make([]float32, 0, rows*columns)}
		for i := range rows {
			t.data = append(t.data, at(i)...)
		}
		tensors[name] = t
	}
	size := m.Description().EmbeddingSize
	add(outputText, len(texts), size, func(i int) []float32 { return textEmbeddings[i].Vector })
	add(outputImage, len(images), size, func(i int) []float32 { return imageEmbeddings[i].Vector })
	for name, value := range map[string]func(model.Score) float64{
		outputSimilarity:  func(s model.Score) float64 { return s.Similarity },
		outputLogit:       func(s model.Score) float64 { return s.Logit },
		outputProbability: func(s model.Score) float64 { return s.Probability },
	} {
		add(name, len(images), len(texts), func(i int) []float32 {
			row := make([]float32, len(texts))
			for j, t := range textEmbeddings {
				row[j] = float32(value(m.Score(t.Vector, imageEmbeddings[i].Vector)))
			}
			return row
		})
	}
	out := make([]floatTensor, len(outputs))
	for i, name := range outputs {
		out[i] = tensors[name]
	}
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

func (t bytesTensor) check() error {
	if t.name != inputText && t.name != inputImage && t.name != inputImageURL {
		return problem(http.StatusBadRequest, "invalid_request", "there is no input %q: send %s, %s or %s", t.name, inputText, inputImage, inputImageURL)
	}
	if t.datatype != "BYTES" {
		return problem(http.StatusBadRequest, "invalid_request", "input %q has datatype %q: it must be BYTES", t.name, t.datatype)
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
