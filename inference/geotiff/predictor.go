package geotiff

import (
	"encoding/binary"
	"slices"
)

// Predictors of TIFF 6.0 and Adobe's technical note 3.
const (
	predictorNone       = 1
	predictorHorizontal = 2
	predictorFloat      = 3
)

// undoPredictor turns the differences of a tile's rows into samples, and all
// samples of more than 8 bits into little-endian ones.
func (i *Image) undoPredictor(data []byte, rows int) error {
	size, step := i.wordSize(), i.chunkBands()
	if i.Type.Format == ComplexInt || i.Type.Format == ComplexFloat {
		step *= 2 // Real and imaginary parts are predicted apart.
	}
	swap := i.dir.order == binary.BigEndian && size > 1 && i.predictor != predictorFloat && i.Compression != compressionJPEG && i.Compression != compressionWebP
	for y := range rows {
		row := data[y*i.rowBytes():][:i.rowBytes()]
		if swap {
			for at := 0; at+size <= len(row); at += size {
				slices.Reverse(row[at : at+size])
			}
		}
		switch {
		case i.predictor == predictorNone:
		case i.predictor == predictorHorizontal && size > 0:
			undoHorizontal(row, size, step)
		case i.predictor == predictorFloat && size > 1 && i.Type.Format == Float:
			undoFloat(row, size, step)
		default:
			return unsupported("its predictor is %d for %s: convert it with gdal_translate -co PREDICTOR=1", i.predictor, i.Type)
		}
	}
	return nil
}

// wordSize is how many bytes hold a number of a sample, 0 for those that are
// packed in bits.
func (i *Image) wordSize() int {
	switch {
	case i.Type.Format == ComplexInt || i.Type.Format == ComplexFloat:
		return i.Type.Bits / 16
	case i.Type.Bits%8 == 0:
		return i.Type.Bits / 8
	}
	return 0
}

// undoHorizontal adds to each number of some bytes the one that is step before.
func undoHorizontal(row []byte, size, step int) {
	order, back := binary.LittleEndian, size*step
	for at := back; at+size <= len(row); at += size {
		now, before := row[at:], row[at-back:]
		switch size {
		case 1:
			now[0] += before[0]
		case 2:
			order.PutUint16(now, order.Uint16(now)+order.Uint16(before))
		case 3:
			sum := uint24(now) + uint24(before)
			now[0], now[1], now[2] = byte(sum), byte(sum>>8), byte(sum>>16)
		case 4:
			order.PutUint32(now, order.Uint32(now)+order.Uint32(before))
		case 8:
			order.PutUint64(now, order.Uint64(now)+order.Uint64(before))
		}
	}
}

// undoFloat undoes the differences of a row's bytes, which are sorted by their
// significance, the most significant first, and puts them into their places.
func undoFloat(row []byte, size, step int) {
	for at := step; at < len(row); at++ {
		row[at] += row[at-step]
	}
	sorted := slices.Clone(row)
	n := len(row) / size
	for at := range n {
		for b := range size {
			row[at*size+b] = sorted[(size-1-b)*n+at]
		}
	}
}
