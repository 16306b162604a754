package geotiff

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// Predictors of TIFF 6.0 and Adobe's technical note 3.
const (
	predictorNone       = 1
	predictorHorizontal = 2
	predictorFloat      = 3
)

// undoPredictor turns the differences of a tile's rows into samples, and all
// samples of more than 8 bits into little-endian ones.
func (i *Image) undoPredictor(ctx context.Context, data []byte, rows int) error {
	size, step := i.wordSize(), i.chunkBands()
	if i.Type.Format == ComplexInt || i.Type.Format == ComplexFloat {
		step *= 2 // Real and imaginary parts are predicted apart.
	}
	swap := i.dir.order == binary.BigEndian && size > 1 && i.predictor != predictorFloat && i.Compression != compressionJPEG && i.Compression != compressionWebP
	for y := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := data[y*i.rowBytes():][:i.rowBytes()]
		if swap {
			for at := 0; at+size <= len(row); at += size {
				slices.Reverse(row[at : at+size])
			}
		}
		switch {
		case i.predictor == predictorNone:
		case i.predictor == predictorHorizontal && size > 0:
			if err := undoHorizontal(ctx, row, size, step); err != nil {
				return err
			}
		case i.predictor == predictorFloat && size > 1 && i.Type.Format == Float:
			if err := undoFloat(ctx, row, size, step); err != nil {
				return err
			}
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
func undoHorizontal(ctx context.Context, row []byte, size, step int) error {
	return interrupt.Parts(ctx, len(row)/size, func(from, to int) {
		addBefore(row, size, step, max(from, step), to)
	})
}

// addBefore does so for some of the numbers.
func addBefore(row []byte, size, step, from, to int) {
	order := binary.LittleEndian
	for n := from; n < to; n++ {
		now, before := row[n*size:], row[(n-step)*size:]
		switch size {
		case 1:
			now[0] += before[0]
		case 2:
			order.PutUint16(now, order.Uint16(now)+order.Uint16(before))
		case 3:
			sum := uint24(now) + uint24(before)
			now[0], now[1], now[2] = byte(sum), byte(sum>>8), byte(sum>>16) //nolint:gosec // Its lowest bytes.
		case 4:
			order.PutUint32(now, order.Uint32(now)+order.Uint32(before))
		case 8:
			order.PutUint64(now, order.Uint64(now)+order.Uint64(before))
		}
	}
}

// undoFloat undoes the differences of a row's bytes, which are sorted by their
// significance, the most significant first, and puts them into their places.
func undoFloat(ctx context.Context, row []byte, size, step int) error {
	if err := undoHorizontal(ctx, row, 1, step); err != nil {
		return err
	}
	sorted := slices.Clone(row)
	n := len(row) / size
	return interrupt.Parts(ctx, n, func(from, to int) {
		for at := from; at < to; at++ {
			for b := range size {
				row[at*size+b] = sorted[(size-1-b)*n+at]
			}
		}
	})
}
