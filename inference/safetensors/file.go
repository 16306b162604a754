// Package safetensors reads tensors from safetensors files, one tensor at a
// time, without trusting what the file says about itself.
// Format: https://github.com/huggingface/safetensors#format
package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/seed-74198975/rsclip/internal/regular"
)

// maxHeader bounds the JSON header, as the reference implementation does.
const maxHeader = 100_000_000

// Tensor describes one tensor of a file.
type Tensor struct {
	Name  string
	DType DType
	Shape []int

	file   *File
	offset int64 // of the data in the file
	size   int64 // of the data, in bytes
}

// File is an open safetensors file.
type File struct {
	path    string
	file    *os.File
	tensors map[string]Tensor
}

// entry is what the header says of one tensor.
type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int64  `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// Open opens the file at path and checks its header: every tensor has a known
// type, as many bytes as its shape needs, and bytes of its own inside the file.
func Open(path string) (*File, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading weights: %w", err)
	}
	file := &File{path: path, file: f}
	if err := file.readHeader(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading weights from %s: %w", path, err), f.Close())
	}
	return file, nil
}

// Close closes the file. Its tensors can no longer be read.
func (f *File) Close() error { return f.file.Close() }

// Names returns the names of all tensors, sorted.
func (f *File) Names() []string {
	names := make([]string, 0, len(f.tensors))
	for n := range f.tensors {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Tensor returns the tensor of a name.
func (f *File) Tensor(name string) (Tensor, bool) {
	t, ok := f.tensors[name]
	return t, ok
}

func (f *File) readHeader() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	var prefix [8]byte
	if _, err := f.file.ReadAt(prefix[:], 0); err != nil {
		return fmt.Errorf("the file is shorter than a header's length: %w", err)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > maxHeader || int64(length) > info.Size()-8 { //nolint:gosec // Bounded by the first condition.
		return fmt.Errorf("the header claims %d bytes of a file of %d: the file is truncated or is no safetensors file", length, info.Size())
	}
	header := make([]byte, length)
	if _, err := f.file.ReadAt(header, 8); err != nil {
		return err
	}
	f.tensors, err = parseHeader(header, info.Size()-8-int64(length)) //nolint:gosec // Bounded above.
	if err != nil {
		return err
	}
	for name, t := range f.tensors {
		t.file = f
		t.offset += 8 + int64(length) //nolint:gosec // Bounded above.
		f.tensors[name] = t
	}
	return nil
}

// parseHeader reads a header whose file has dataSize bytes of data behind it.
func parseHeader(header []byte, dataSize int64) (map[string]Tensor, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(header, &raw); err != nil {
		return nil, fmt.Errorf("the header is not a JSON object: %w", err)
	}
	delete(raw, "__metadata__")
	tensors := make(map[string]Tensor, len(raw))
	ordered := make([]Tensor, 0, len(raw))
	for name, message := range raw {
		var e entry
		if err := json.Unmarshal(message, &e); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		t, err := e.tensor(name, dataSize)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		tensors[name] = t
		ordered = append(ordered, t)
	}
	slices.SortFunc(ordered, func(a, b Tensor) int { return int(min(max(a.offset-b.offset, -1), 1)) })
	for i := 1; i < len(ordered); i++ {
		if before := ordered[i-1]; before.offset+before.size > ordered[i].offset {
			return nil, fmt.Errorf("tensors %q and %q overlap", before.Name, ordered[i].Name)
		}
	}
	return tensors, nil
}

// tensor checks an entry against the size of the data.
func (e entry) tensor(name string, dataSize int64) (Tensor, error) {
	dtype := DType(e.DType)
	width, ok := widths[dtype]
	if !ok {
		return Tensor{}, fmt.Errorf("type %q is unknown; weights must be F32, F16, BF16 or F64", e.DType)
	}
	size := int64(width)
	shape := make([]int, len(e.Shape))
	for i, d := range e.Shape {
		if d < 0 || (d > 0 && size > math.MaxInt64/d) {
			return Tensor{}, fmt.Errorf("shape %v is impossible", e.Shape)
		}
		size *= d
		shape[i] = int(d)
	}
	begin, end := e.Offsets[0], e.Offsets[1]
	if begin < 0 || end < begin || end > dataSize {
		return Tensor{}, fmt.Errorf("data_offsets %v are outside of the %d bytes of data: the file is truncated", e.Offsets, dataSize)
	}
	if end-begin != size {
		return Tensor{}, fmt.Errorf("shape %v of %s needs %d bytes, data_offsets give %d", e.Shape, dtype, size, end-begin)
	}
	return Tensor{Name: name, DType: dtype, Shape: shape, offset: begin, size: size}, nil
}
