package picture

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"math"
	"slices"

	"golang.org/x/image/tiff/lzw"
)

// decompressors unpack a strip or tile, by TIFF's number; each stops after n bytes.
var decompressors = map[int]func(data []byte, n int) ([]byte, error){
	1: func(data []byte, n int) ([]byte, error) { return data[:min(n, len(data))], nil },
	5: func(data []byte, n int) ([]byte, error) {
		r := lzw.NewReader(bytes.NewReader(data), lzw.MSB, 8)
		defer func() { _ = r.Close() }()
		return readUpTo(r, n)
	},
	8:     inflate,
	32946: inflate, // deflate's number before it had one of its own
	32773: unpackBits,
}

func inflate(data []byte, n int) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return readUpTo(r, n)
}

func readUpTo(r io.Reader, n int) ([]byte, error) {
	out := make([]byte, n)
	got, err := io.ReadFull(r, out)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // The caller sees that it is short.
	}
	return out[:got], err
}

// unpackBits undoes PackBits: runs of bytes, and bytes repeated.
func unpackBits(data []byte, n int) ([]byte, error) {
	out := make([]byte, 0, n)
	for len(data) > 1 && len(out) < n {
		control := int(int8(data[0])) //nolint:gosec // PackBits counts with a sign.
		data = data[1:]
		switch {
		case control >= 0:
			take := min(control+1, len(data))
			out, data = append(out, data[:take]...), data[take:]
		case control > -128:
			out, data = append(out, bytes.Repeat(data[:1], 1-control)...), data[1:]
		}
	}
	return out[:min(n, len(out))], nil
}

// readChunk returns the samples of a strip or tile, rows one after another,
// each of at least rowBytes bytes, with the predictor undone.
func (r *raster) readChunk(index, rows, rowBytes, samples int) ([]byte, error) {
	packed, err := r.slice(r.offsets[index], r.counts[index])
	if err != nil {
		return nil, err
	}
	unpack, ok := decompressors[r.compression]
	if !ok {
		return nil, unsupported("its compression is %d: use none, LZW, deflate or PackBits", r.compression)
	}
	out, err := unpack(packed, rows*rowBytes)
	if err != nil {
		return nil, corrupt("its data cannot be unpacked: %v", err)
	}
	if len(out) < rows*rowBytes {
		return nil, corrupt("a piece of its data has %d bytes and needs %d", len(out), rows*rowBytes)
	}
	if r.predictor == 1 {
		return out, nil
	}
	out = bytes.Clone(out) // It may be the file itself.
	for y := range rows {
		if err := r.undoPredictor(out[y*rowBytes:][:rowBytes], samples); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// undoPredictor turns the differences of a row back into samples.
func (r *raster) undoPredictor(row []byte, samples int) error {
	switch {
	case r.predictor == 2 && r.bits == 8:
		for i := samples; i < len(row); i++ {
			row[i] += row[i-samples]
		}
	case r.predictor == 2 && r.bits == 16:
		for i := 2 * samples; i+1 < len(row); i += 2 {
			r.order.PutUint16(row[i:], r.order.Uint16(row[i:])+r.order.Uint16(row[i-2*samples:]))
		}
	case r.predictor == 3 && r.bits == 32:
		// Bytes are sorted by significance, most significant first, then differenced.
		for i := samples; i < len(row); i++ {
			row[i] += row[i-samples]
		}
		sorted := bytes.Clone(row)
		n := len(row) / 4
		for i := range n {
			bits := uint32(sorted[i])<<24 | uint32(sorted[n+i])<<16 | uint32(sorted[2*n+i])<<8 | uint32(sorted[3*n+i])
			r.order.PutUint32(row[4*i:], bits)
		}
	default:
		return unsupported("its predictor is %d for %d bits", r.predictor, r.bits)
	}
	return nil
}

// bands reads some bands, each a plane of width x height samples as float32,
// which holds 16 bits exactly.
func (r *raster) bands(wanted []int) ([][]float32, error) {
	out := make([][]float32, len(wanted))
	for i := range out {
		out[i] = make([]float32, r.width*r.height)
	}
	across, down, planes := r.grid()
	together := r.samples / planes // samples side by side in a chunk
	rowBytes := (r.chunkW*together*r.bits + 7) / 8
	for index := range across * down * planes {
		plane, cell := index/(across*down), index%(across*down)
		x0, y0 := cell%across*r.chunkW, cell/across*r.chunkH
		if planes > 1 && !slices.Contains(wanted, plane) {
			continue
		}
		rows := r.chunkH
		if r.chunkW == r.width { // The last strip is cut, tiles are whole.
			rows = min(rows, r.height-y0)
		}
		chunk, err := r.readChunk(index, rows, rowBytes, together)
		if err != nil {
			return nil, err
		}
		for i, band := range wanted {
			if planes > 1 && band != plane {
				continue
			}
			for y := range min(rows, r.height-y0) {
				row := chunk[y*rowBytes:][:rowBytes]
				to := out[i][(y0+y)*r.width+x0:]
				for x := range min(r.chunkW, r.width-x0) {
					to[x] = r.sample(row, x*together+band%together)
				}
			}
		}
	}
	return out, nil
}

// sample returns the i-th sample of a row.
func (r *raster) sample(row []byte, i int) float32 {
	switch r.bits {
	case 8:
		return float32(row[i])
	case 16:
		return float32(r.order.Uint16(row[2*i:]))
	case 32:
		return math.Float32frombits(r.order.Uint32(row[4*i:]))
	}
	// 1, 2 or 4 bits, the highest first.
	shift := 8 - r.bits - i*r.bits%8
	return float32(row[i*r.bits/8] >> shift & (1<<r.bits - 1))
}
