package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-74198975/rsclip/internal/strictyaml"
)

// Device is where inference runs.
type Device string

// The devices that the server knows.
const (
	CPU      Device = "cpu"      // ONNX Runtime's CPU execution provider
	CUDA     Device = "cuda"     // the CUDA execution provider on GPU 0 of the container
	TensorRT Device = "tensorrt" // the TensorRT execution provider, CUDA for what it does not take
)

// Precision is the number format of the weights of an exported model.
type Precision string

// The precisions that `rsclip export` writes.
const (
	FP32 Precision = "fp32"
	FP16 Precision = "fp16"
	INT8 Precision = "int8"
)

// Model is model-config.json. A zero field takes the default of [DefaultModel].
//
// MaxSeqLength, ImageSize and Precision are wishes: an exported model has its
// own, and where they differ the server takes the model's and reports it.
type Model struct {
	// ModelName is the name that answers and metrics carry. Default "Git-RSCLIP".
	ModelName string `json:"model_name"`
	// BatchSize is the most items that one run of a tower takes, 1 to 1024. Default 32.
	BatchSize int `json:"batch_size"`
	// MaxQueueDelay bounds how long an item that arrived behind a busy tower
	// waits for others to share its run, in microseconds, 1 to 1 million; -1
	// never waits. An idle tower never waits either. Default 2000.
	MaxQueueDelay int `json:"max_queue_delay_microseconds,omitempty"`
	// MaxQueueItems bounds how many items wait for each tower, 1 to 1 million;
	// what would exceed it is refused. Default 4096.
	MaxQueueItems int `json:"max_queue_items,omitempty"`
	// MaxQueueBytes bounds the memory of the items that wait for each tower, 1 MiB
	// to 64 GiB; what would exceed it is refused. Default 512 MiB.
	MaxQueueBytes int `json:"max_queue_bytes,omitempty"`
	// MaxSeqLength is the number of tokens of a text, padding included. Default 77.
	MaxSeqLength int `json:"max_seq_length"`
	// ImageSize is the side of the square that pictures are resized to, in pixels. Default 224.
	ImageSize int `json:"image_size"`
	// Device is cpu, cuda or tensorrt. Default cuda.
	Device Device `json:"device"`
	// Precision is fp32, fp16 or int8. Default fp16.
	Precision Precision `json:"precision"`
	// AllowCPUFallback lets the server start on the CPU where Device cannot be
	// had. Default false: it refuses to start and says what is missing.
	AllowCPUFallback bool `json:"allow_cpu_fallback,omitempty"`
	// Picture chooses how picture files are read where there is a choice.
	// Default: as Pillow reads them.
	Picture *Picture `json:"picture,omitempty"`
	// CPU tunes ONNX Runtime on the CPU. Default its options' own.
	CPU *CPUOptions `json:"cpu,omitempty"`
	// CUDA tunes ONNX Runtime's CUDA execution provider. Default its options' own.
	CUDA *CUDAOptions `json:"cuda,omitempty"`
	// TensorRT tunes ONNX Runtime's TensorRT execution provider. Default its
	// options' own.
	TensorRT *TensorRTOptions `json:"tensorrt,omitempty"`
}

// Deep names how samples of more than 8 bits are shown.
type Deep string

// The ways to show deep samples.
const (
	DeepStretch Deep = "stretch"
	DeepPillow  Deep = "pillow"
)

// Picture is how picture files are read if there is a choice.
type Picture struct {
	// Bands are the bands of a TIFF, from 1, that are red, green and blue. A TIFF
	// that lacks one of them is shown as by default: the first three, or the first
	// for all colours if it has fewer.
	Bands []int `json:"bands,omitempty"`
	// Deep says how samples of a TIFF or JPEG 2000 are shown that 8 unsigned bits do
	// not hold. "stretch" maps each band between two percentiles to 8 bits. "pillow"
	// does so only to what Pillow refuses: it clips 16-bit grey at 255, which is
	// nearly white, and takes the high byte of 16-bit RGB, which is nearly black.
	// Default "stretch".
	Deep Deep `json:"deep,omitempty"`
	// Stretch is two percentiles, 0 to 100, between which deep bands are stretched.
	// Ordinary 8-bit pictures are never stretched. Default [2, 98].
	Stretch []float64 `json:"stretch,omitempty"`
	// MaxNodata is the largest share of a picture's pixels that may hold no data, 0 to
	// 1. Pictures beyond it are refused. Default any.
	MaxNodata *float64 `json:"max_nodata,omitempty"`
	// EXIFRotate turns pictures upright as their EXIF data says. Default
	// false: Pillow's Image.open does not, but for TIFF.
	EXIFRotate bool `json:"exif_rotate,omitempty"`
	// Fast decodes a JPEG to a half, a quarter or an eighth of its sides, if the model
	// sees no more pixels than that. It is quicker, and embeddings differ a little from
	// the exact ones. Default false: the pixels are Pillow's.
	Fast bool `json:"fast,omitempty"`
	// MaxPixels bounds the pixels of a picture, 1 to 1,000 million, and the work
	// of decoding it, to 100 ns for each. Default 67,108,864: 8192 x 8192.
	MaxPixels int `json:"max_pixels,omitempty"`
}

// DefaultModel returns the model configuration of the published deployment.
func DefaultModel() Model {
	return Model{
		ModelName:    "Git-RSCLIP",
		BatchSize:    32,
		MaxSeqLength: 77,
		ImageSize:    224,
		Device:       CUDA,
		Precision:    FP16,
	}
}

// WithDefaults returns m with every zero field set to its default.
func (m Model) WithDefaults() Model {
	d := DefaultModel()
	setDefault(&m.ModelName, d.ModelName)
	setDefault(&m.BatchSize, d.BatchSize)
	setDefault(&m.MaxSeqLength, d.MaxSeqLength)
	setDefault(&m.ImageSize, d.ImageSize)
	setDefault(&m.Device, d.Device)
	setDefault(&m.Precision, d.Precision)
	return m
}

// Validate reports every field whose value cannot be served, as [FieldErrors].
func (m Model) Validate() error {
	var errs FieldErrors
	if strings.TrimSpace(m.ModelName) == "" {
		errs.add("model_name", m.ModelName, "a name", "name the model that answers should carry")
	}
	errs.inRange("batch_size", m.BatchSize, 1, 1024)
	errs.inRange("max_seq_length", m.MaxSeqLength, 1, 65536)
	errs.inRange("image_size", m.ImageSize, 1, 8192)
	oneOf(&errs, "device", m.Device, CPU, CUDA, TensorRT)
	oneOf(&errs, "precision", m.Precision, FP32, FP16, INT8)
	errs.inRangeOr("max_queue_delay_microseconds", m.MaxQueueDelay, 1, 1_000_000, -1)
	errs.inRangeOr("max_queue_items", m.MaxQueueItems, 1, 1_000_000)
	errs.inRangeOr("max_queue_bytes", m.MaxQueueBytes, 1<<20, 64<<30)
	if m.Picture != nil {
		m.Picture.validate(&errs)
	}
	m.validateProviders(&errs)
	return errs.err()
}

// Queue is the bounds of a tower's queue in force.
type Queue struct {
	Delay time.Duration // 0 is none
	Items int
	Bytes int
}

// Queue returns the bounds of the towers' queues in force.
func (m Model) Queue() Queue {
	return Queue{
		Delay: durationOf(m.MaxQueueDelay, 2000, time.Microsecond),
		Items: cmp.Or(m.MaxQueueItems, 4096),
		Bytes: cmp.Or(m.MaxQueueBytes, 512<<20),
	}
}

func (p Picture) validate(errs *FieldErrors) {
	if p.Bands != nil && (len(p.Bands) != 3 || slices.Min(p.Bands) < 1) {
		errs.add("picture.bands", p.Bands, "three numbers of bands, from 1", "name the bands that are red, green and blue")
	}
	if s := p.Stretch; s != nil && (len(s) != 2 || !(0 <= s[0] && s[0] < s[1] && s[1] <= 100)) {
		errs.add("picture.stretch", s, "two percentiles, 0 to 100, the lower first", "write [2, 98], or leave it out")
	}
	if n := p.MaxNodata; n != nil && !(*n >= 0 && *n <= 1) {
		errs.add("picture.max_nodata", *n, "0 to 1", "write 0.5 to refuse pictures of which less than half holds data")
	}
	if p.Deep != "" && p.Deep != DeepStretch && p.Deep != DeepPillow {
		errs.add("picture.deep", p.Deep, "stretch or pillow", "leave it out for stretch")
	}
	errs.inRange("picture.max_pixels", p.MaxPixels, 0, 1_000_000_000)
}

// ParseModel reads the bytes of a model-config.json: unknown keys, repeated
// keys, wrong types and values out of range are errors that name the line and the
// key; absent keys take their defaults, and no key may be there for a zero value.
func ParseModel(data []byte) (Model, error) {
	var m Model
	lines, err := strictyaml.DecodeJSON(data, &m)
	if err == nil {
		m = m.WithDefaults()
		err = located(m.Validate(), lines)
	}
	if err != nil {
		return Model{}, fmt.Errorf("reading model configuration: %w", err)
	}
	return m, nil
}

// MarshalModel renders m as model-config.json, indented by two spaces.
func MarshalModel(m Model) ([]byte, error) {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("rendering model configuration: %w", err)
	}
	return append(data, '\n'), nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func oneOf[T ~string](errs *FieldErrors, field string, got T, allowed ...T) {
	if slices.Contains(allowed, got) {
		return
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	errs.add(field, got, strings.Join(names, ", "), "use one of these")
}
