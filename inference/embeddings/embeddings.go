// Package embeddings writes embeddings of texts and pictures to a file, as JSON lines,
// a NumPy array or a Parquet table.
package embeddings

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/wholefile"
)

// Item is a text or a picture, and its embedding or why there is none.
type Item struct {
	Text  *string // exactly one of the two
	Image *string // a path
	Line  int     // of the list that names it, from 1; 0 for a file of a folder

	Vector    []float32 // nil for an item that failed
	Truncated bool      // whether the text is longer than the model reads
	Err       error
}

// Complaint says what was wrong with an item that the list of that name has.
func (i Item) Complaint(list string) string {
	where := ""
	if i.Line > 0 {
		where = fmt.Sprintf("%s: line %d: ", cmp.Or(map[string]string{"-": "standard input"}[list], list), i.Line)
	}
	if i.Image != nil && !strings.Contains(i.Err.Error(), *i.Image) {
		where += *i.Image + ": "
	}
	return where + i.Err.Error()
}

// form is how embeddings are written.
type form interface {
	write(Item) error
	close() error
}

// forms are those that are known, by the ends of files' names. A file holds so many
// items by a model.
var forms = map[string]func(to io.Writer, items int, d model.Description) (form, error){
	".jsonl":   newLines,
	".npy":     newArray,
	".parquet": newTable,
}

// Check says why a file of that name cannot be written; no name is good.
func Check(name string) error {
	if _, known := forms[filepath.Ext(name)]; name == "" || known {
		return nil
	}
	return fmt.Errorf("-out is %q: must end with one of %s", name, strings.Join(slices.Sorted(maps.Keys(forms)), ", "))
}

// Writer writes a file whole: under another name first, which [Writer.Close] has take
// its place.
type Writer struct {
	form
	buffer *bufio.Writer
	file   *wholefile.File // nil for a stream
}

// Create begins a file for so many items, as its name says, or JSON lines to a stream
// if the name is empty.
func Create(path string, stream io.Writer, items int, d model.Description) (w *Writer, err error) {
	w = new(Writer)
	to := stream
	if path != "" {
		if w.file, err = wholefile.Create(path); err != nil {
			return nil, err
		}
		to = w.file
	}
	w.buffer = bufio.NewWriterSize(to, 1<<16)
	w.form, err = forms[cmp.Or(filepath.Ext(path), ".jsonl")](w.buffer, items, d)
	if err != nil {
		w.Discard()
		return nil, err
	}
	return w, nil
}

// Write writes an item; all must come, in their order.
func (w *Writer) Write(item Item) error { return w.write(item) }

// Close ends the file and puts it in its place.
func (w *Writer) Close() error {
	if err := errors.Join(w.close(), w.buffer.Flush()); err != nil || w.file == nil {
		return err
	}
	return w.file.Publish()
}

// Discard removes a file that was not closed. What a stream has been given stays.
func (w *Writer) Discard() {
	_ = w.buffer.Flush()
	if w.file != nil {
		w.file.Discard()
	}
}

// lines are JSON objects, one a line.
type lines struct{ *json.Encoder }

// line is what an item is as JSON. The embedding of one that failed is null.
type line struct {
	Text      *string   `json:"text,omitempty"`
	Image     *string   `json:"image,omitempty"`
	Line      int       `json:"line,omitempty"`
	Embedding []float32 `json:"embedding"`
	Truncated bool      `json:"truncated,omitempty"`
	Error     string    `json:"error,omitempty"`
}

func newLines(to io.Writer, _ int, _ model.Description) (form, error) {
	return lines{json.NewEncoder(to)}, nil
}

func (l lines) write(i Item) error {
	out := line{Text: i.Text, Image: i.Image, Embedding: i.Vector, Truncated: i.Truncated}
	if i.Err != nil {
		out.Line, out.Error = i.Line, i.Err.Error()
	}
	return l.Encode(out)
}

func (lines) close() error { return nil }

// array is a NumPy array of float32 with a row an item; that of one that failed is
// NaN.
//
// Format: NPY 1.0, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
type array struct {
	to      io.Writer
	missing []float32
}

func newArray(to io.Writer, items int, d model.Description) (form, error) {
	const magic, alignment = "\x93NUMPY\x01\x00", 64
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", items, d.EmbeddingSize)
	before := len(magic) + 2
	header += strings.Repeat(" ", alignment-1-(before+len(header))%alignment) + "\n"
	out := binary.LittleEndian.AppendUint16([]byte(magic), uint16(len(header))) //nolint:gosec // About 100.
	_, err := to.Write(append(out, header...))
	return array{to, slices.Repeat([]float32{float32(math.NaN())}, d.EmbeddingSize)}, err
}

func (a array) write(i Item) error {
	if i.Vector == nil {
		i.Vector = a.missing
	}
	return binary.Write(a.to, binary.LittleEndian, i.Vector)
}

func (array) close() error { return nil }

// metadataKey names the description of the model in the metadata of a table.
const metadataKey = "rsclip"

// record is a row of a table.
type record struct {
	Text      *string   `parquet:"text,optional"`
	Image     *string   `parquet:"image,optional"`
	Line      int32     `parquet:"line"`
	Embedding []float32 `parquet:"embedding,optional,list"`
	Truncated bool      `parquet:"truncated"`
	Error     *string   `parquet:"error,optional"`
}

// table is a Parquet file with a row an item.
type table struct {
	*parquet.GenericWriter[record]
}

func newTable(to io.Writer, _ int, d model.Description) (form, error) {
	description, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return table{parquet.NewGenericWriter[record](to, parquet.Compression(&zstd.Codec{}), parquet.KeyValueMetadata(metadataKey, string(description)))}, nil
}

func (t table) write(i Item) error {
	r := record{Text: i.Text, Image: i.Image, Line: int32(i.Line), Embedding: i.Vector, Truncated: i.Truncated} //nolint:gosec // Lines of a list in memory.
	if i.Err != nil {
		text := i.Err.Error()
		r.Error = &text
	}
	_, err := t.Write([]record{r})
	return err
}

func (t table) close() error { return t.Close() }
