package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// numbers is a file of two tensors, one longer than what is read at a time.
func numbers(t *testing.T, n int) (path string) {
	t.Helper()
	var data []byte
	for i := range n {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(i)))
	}
	data = binary.LittleEndian.AppendUint32(data, math.Float32bits(-1))
	end := strconv.Itoa(4 * n)
	header := `{"z":{"dtype":"F32","shape":[` + strconv.Itoa(n) + `],"data_offsets":[0,` + end + `]},"a":{"dtype":"F32","shape":[],"data_offsets":[` + end + `,` + strconv.Itoa(4*n+4) + `]}}`
	path = filepath.Join(t.TempDir(), singleFile)
	if err := os.WriteFile(path, file(header, data), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestALongTensorIsReadWhole(t *testing.T) {
	t.Parallel()
	const n = 600_000 // 2.4 MB
	f, err := Open(numbers(t, n))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if names := f.Names(); !slices.Equal(names, []string{"a", "z"}) {
		t.Errorf("names %v", names)
	}
	long, _ := f.Tensor("z")
	got, err := long.Float32()
	if err != nil || len(got) != n {
		t.Fatalf("%d values, %v", len(got), err)
	}
	for i, v := range got {
		if v != float32(i) {
			t.Fatalf("value %d is %v", i, v)
		}
	}
	last, _ := f.Tensor("a")
	if got, err := last.Float32(); err != nil || !slices.Equal(got, []float32{-1}) {
		t.Errorf("the last tensor is %v, %v", got, err)
	}
}

// TestNamesAreSorted has so many that no other order is theirs by chance.
func TestNamesAreSorted(t *testing.T) {
	t.Parallel()
	var entries []string
	for _, name := range "qwertyuiopasdfghjkl" {
		entries = append(entries, fmt.Sprintf(`"%c":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`, name))
	}
	f, err := openBytes(t, file("{"+strings.Join(entries, ",")+"}", nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(f.Names(), ""); got != "adefghijklopqrstuwy" {
		t.Errorf("names are %q", got)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// TestAFileThatShrinksIsNotRead cuts off an open file's data.
func TestAFileThatShrinksIsNotRead(t *testing.T) {
	t.Parallel()
	path := numbers(t, 10)
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-20); err != nil {
		t.Fatal(err)
	}
	tensor, _ := f.Tensor("z")
	if got, err := tensor.Float32(); err == nil || got != nil || !strings.Contains(err.Error(), `"z"`) {
		t.Errorf("got %v, %v, want an error that names the tensor", got, err)
	}
}

// TestWhatCannotBeRead opens what is there and is no file, and what is not.
func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]error{t.TempDir(): syscall.EISDIR, filepath.Join(t.TempDir(), "gone"): fs.ErrNotExist} {
		if f, err := Open(path); !errors.Is(err, want) || f != nil {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

// TestReadErrorsOfAHeader reads one from a file that has been closed.
func TestReadErrorsOfAHeader(t *testing.T) {
	t.Parallel()
	closed, err := os.Open(numbers(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	f := &File{path: "closed", file: closed}
	if err := f.readHeader(); err == nil {
		t.Error("the header of a closed file was read")
	}
	if err := f.Close(); err == nil {
		t.Error("a file was closed twice")
	}
}

// TestAHeaderMayFillItsFile has a header that ends with the file, and one that
// ends a byte later.
func TestAHeaderMayFillItsFile(t *testing.T) {
	t.Parallel()
	whole := file(`{"t":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, nil)
	f, err := openBytes(t, whole)
	if err != nil {
		t.Fatal(err)
	}
	tensor, ok := f.Tensor("t")
	if got, err := tensor.Float32(); !ok || err != nil || len(got) != 0 {
		t.Errorf("an empty tensor is %v, %v, %v", ok, got, err)
	}
	_ = f.Close()
	if _, err := openBytes(t, whole[:len(whole)-1]); err == nil || !strings.Contains(err.Error(), "header claims") {
		t.Errorf("a header that was cut off: %v", err)
	}
}

// TestCheckpointNamesAndCloses reads two shards, and closes them twice.
func TestCheckpointNamesAndCloses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, tensors := range map[string]string{
		"1": `{"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"d":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}`,
		"2": `{"c":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), file(tensors, make([]byte, 8)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	index := `{"weight_map":{"a":"2","b":"1","c":"2","d":"1"}}`
	if err := os.WriteFile(filepath.Join(dir, indexFile), []byte(index), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := OpenCheckpoint(dir)
	if err != nil {
		t.Fatal(err)
	}
	if names := c.Names(); !slices.Equal(names, []string{"a", "b", "c", "d"}) || !slices.Equal(c.Paths, []string{"1", "2"}) {
		t.Errorf("tensors %v of files %v", names, c.Paths)
	}
	if _, ok := c.Tensor("e"); ok {
		t.Error("there is a tensor that no file has")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err == nil {
		t.Error("files were closed twice")
	}
}
