package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// file returns the bytes of a file with a header and so many bytes of data.
func file(header string, data []byte) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

func openBytes(t testing.TB, data []byte) (*File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(path)
}

func TestEveryType(t *testing.T) {
	t.Parallel()
	want := []float32{0, 1, -2.5, 65504, float32(math.Inf(-1)), 5.9604645e-08}
	encode := map[DType]func(float32) []byte{
		F32: func(v float32) []byte { return binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)) },
		F64: func(v float32) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(float64(v))) },
		// These halves are IEEE 754's own for the values above.
		F16: func(v float32) []byte {
			halves := map[float32]uint16{want[0]: 0, want[1]: 0x3c00, want[2]: 0xc100, want[3]: 0x7bff, want[4]: 0xfc00, want[5]: 1}
			return binary.LittleEndian.AppendUint16(nil, halves[v])
		},
	}
	for dtype, f := range encode {
		var data []byte
		for _, v := range want {
			data = append(data, f(v)...)
		}
		header := fmt.Sprintf(`{"__metadata__":{"format":"pt"},"t":{"dtype":%q,"shape":[2,3],"data_offsets":[0,%d]}}`, dtype, len(data))
		opened, err := openBytes(t, file(header, data))
		if err != nil {
			t.Fatalf("%s: %v", dtype, err)
		}
		tensor, ok := opened.Tensor("t")
		if !ok {
			t.Fatalf("%s: no tensor", dtype)
		}
		got, err := tensor.Float32()
		if err != nil || !slices.Equal(got, want) || !slices.Equal(tensor.Shape, []int{2, 3}) {
			t.Errorf("%s: %v, %v, shape %v", dtype, got, err, tensor.Shape)
		}
		_ = opened.Close()
	}
}

func TestBF16(t *testing.T) {
	t.Parallel()
	opened, err := openBytes(t, file(`{"t":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}`, []byte{0x80, 0x3f, 0x20, 0xc0}))
	if err != nil {
		t.Fatal(err)
	}
	tensor, _ := opened.Tensor("t")
	if got, err := tensor.Float32(); err != nil || !slices.Equal(got, []float32{1, -2.5}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		data []byte
		want string
	}{
		"empty":              {nil, "shorter"},
		"huge header":        {binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "header claims"},
		"header beyond file": {binary.LittleEndian.AppendUint64(nil, 100), "header claims"},
		"header is no JSON":  {file("nonsense", nil), "JSON"},
		"header is a list":   {file("[]", nil), "JSON"},
		"unknown type":       {file(`{"t":{"dtype":"X8","shape":[1],"data_offsets":[0,1]}}`, []byte{0}), "X8"},
		"beyond the data":    {file(`{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, make([]byte, 4)), "truncated"},
		"negative offset":    {file(`{"t":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, make([]byte, 4)), "data_offsets"},
		"backwards":          {file(`{"t":{"dtype":"F32","shape":[0],"data_offsets":[4,0]}}`, make([]byte, 4)), "data_offsets"},
		"wrong size":         {file(`{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, make([]byte, 4)), "needs 8 bytes"},
		"negative dimension": {file(`{"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, make([]byte, 4)), "impossible"},
		"largest shape":      {file(`{"t":{"dtype":"F32","shape":[2305843009213693951],"data_offsets":[0,0]}}`, nil), "needs 9223372036854775804 bytes"},
		"overflowing shape":  {file(`{"t":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, nil), "impossible"},
		"header of a tensor": {file(`{"t":{"dtype":7}}`, nil), "cannot unmarshal"},
		"half of a number":   {file(`{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,3]}}`, make([]byte, 4)), "give 3"},
		"a number too many":  {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,12]}}`, make([]byte, 12)), "give 8"},
		"size of the end":    {file(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[4,8]}}`, make([]byte, 8)), "needs 12 bytes"},
		"overlap":            {file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, make([]byte, 8)), "overlap"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := openBytes(t, tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestShards(t *testing.T) {
	t.Parallel()
	c, err := OpenCheckpoint("../testdata/tiny-large")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Paths) != 4 {
		t.Errorf("read %v, want 4 shards", c.Paths)
	}
	if _, ok := c.Tensor("vision_model.head.probe"); !ok {
		t.Error("a tensor of the last layers is missing")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestRefusedIndexes(t *testing.T) {
	t.Parallel()
	for index, want := range map[string]string{
		``:                                    "neither",
		`{`:                                   "unexpected end",
		`{"weight_map":{}}`:                   "no file",
		`{"weight_map":{"a":"../../secret"}}`: "not the name of a file",
		`{"weight_map":{"a":"/etc/passwd"}}`:  "not the name of a file",
		`{"weight_map":{"a":"folder/file"}}`:  "not the name of a file",
		`{"weight_map":{"a":".."}}`:           "not the name of a file",
		`{"weight_map":{"a":"gone"}}`:         "gone",
	} {
		dir := t.TempDir()
		if index != "" {
			if err := os.WriteFile(filepath.Join(dir, indexFile), []byte(index), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := OpenCheckpoint(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", index, err, want)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	f.Add([]byte(`{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`), int64(8))
	f.Add([]byte(`{"__metadata__":{},"a":{"dtype":"BF16","shape":[],"data_offsets":[0,2]}}`), int64(2))
	f.Add([]byte(`{"a":{"dtype":"F64","shape":[9223372036854775807,2],"data_offsets":[0,0]}}`), int64(0))
	f.Fuzz(func(t *testing.T, header []byte, size int64) {
		tensors, err := parseHeader(header, max(0, size))
		if err != nil {
			return
		}
		for _, tensor := range tensors {
			if tensor.offset < 0 || tensor.size < 0 || tensor.offset+tensor.size > max(0, size) {
				t.Fatalf("%q reaches outside of the data: %+v", bytes.TrimSpace(header), tensor)
			}
		}
	})
}

// FuzzOpen reads whole files, and every tensor of those that open.
func FuzzOpen(f *testing.F) {
	file := func(header string, data int) []byte {
		return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, data)...)
	}
	f.Add(file(`{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8))
	f.Add(file(`{"a":{"dtype":"BF16","shape":[1,1],"data_offsets":[0,2]},"b":{"dtype":"F16","shape":[],"data_offsets":[2,4]}}`, 4))
	f.Add(file(`{"a":{"dtype":"F64","shape":[0],"data_offsets":[0,0]}}`, 0))
	f.Add(bytes.Repeat([]byte{0xff}, 16))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, singleFile)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := OpenCheckpoint(dir)
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		for _, name := range c.Names() {
			tensor, ok := c.Tensor(name)
			if !ok {
				t.Fatalf("%q is listed and not there", name)
			}
			if values, err := tensor.Float32(); err != nil || len(values) != tensor.Elements() || 2*len(values) > len(data) {
				t.Errorf("%q: %d values of %d, %v", name, len(values), tensor.Elements(), err)
			}
		}
	})
}

// FuzzIndex reads indexes of shards, whose names must stay in the folder.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"metadata": {"total_size": 8}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}`))
	f.Add([]byte(`{"weight_map": {"a": "../b"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		paths, err := parseIndex(data)
		if err == nil && len(paths) == 0 {
			t.Error("an index of no files")
		}
		for _, p := range paths {
			if filepath.Join("folder", p) != "folder/"+p || strings.ContainsRune(p, '/') {
				t.Errorf("%q leaves the folder", p)
			}
		}
	})
}

// TestIntegersAreNotRead opens a file with counts of positions beside weights, and
// reads only these.
func TestIntegersAreNotRead(t *testing.T) {
	t.Parallel()
	opened, err := openBytes(t, file(`{"p":{"dtype":"I64","shape":[1,2],"data_offsets":[4,20]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, make([]byte, 20)))
	if err != nil {
		t.Fatal(err)
	}
	weight, _ := opened.Tensor("w")
	if v, err := weight.Float32(); err != nil || len(v) != 1 {
		t.Errorf("got %v, %v", v, err)
	}
	positions, there := opened.Tensor("p")
	if _, err := positions.Float32(); !there || err == nil || !strings.Contains(err.Error(), `type "I64" is not supported`) {
		t.Errorf("got %v", err)
	}
}
