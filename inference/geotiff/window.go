package geotiff

import (
	"context"
	"errors"
	"math/bits"

	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// Window is a part of a picture, in pixels from its upper left corner.
type Window struct{ X, Y, Width, Height int }

// Window returns the whole picture.
func (i *Image) Window() Window { return Window{Width: i.Width, Height: i.Height} }

// Read returns some bands, counted from 0, of windows of one width that lie in the
// picture, one below another. It reads the tiles that a window touches, one at a
// time, and nothing else. Tiles that the file leaves out hold nodata, or 0 if the
// file names no nodata.
func (i *Image) Read(ctx context.Context, bands []int, windows ...Window) ([]Band, error) {
	height := 0
	for _, w := range windows {
		if w.X < 0 || w.Y < 0 || w.Width < 1 || w.Height < 1 || w.X > i.Width-w.Width || w.Y > i.Height-w.Height || w.Width != windows[0].Width {
			return nil, unsupported("the window %+v is not in the picture of %d x %d pixels", w, i.Width, i.Height)
		}
		height += w.Height
	}
	out := make([]Band, len(bands))
	for n, b := range bands {
		if b < 0 || b >= i.Bands {
			return nil, unsupported("band %d was chosen, it has %d", b+1, i.Bands)
		}
		out[n] = i.Type.newBand(windows[0].Width * height)
	}
	at, keep := 0, &kept{}
	defer keep.close()
	for _, w := range windows {
		for row := w.Y / i.ChunkHeight; row <= (w.Y+w.Height-1)/i.ChunkHeight; row++ {
			for column := w.X / i.ChunkWidth; column <= (w.X+w.Width-1)/i.ChunkWidth; column++ {
				if err := i.readInto(ctx, keep, out, at, bands, w, column, row); err != nil {
					return nil, err
				}
			}
		}
		at += w.Width * w.Height
	}
	return out, nil
}

// readInto reads what a window has of the tile of a column and row, into bands in
// which the window begins at a place.
func (i *Image) readInto(ctx context.Context, keep *kept, out []Band, at int, bands []int, w Window, column, row int) error {
	across, down, _ := i.grid()
	together := i.chunkBands()
	read := map[int][]byte{} // by plane; bands may be wanted twice
	keep.next()
	for n, b := range bands {
		plane := b / together
		data, ok := read[plane]
		if !ok {
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			if data, err = i.readChunk(ctx, keep, uint64(plane*across*down+row*across+column), i.chunkRows(row)); err != nil { //nolint:gosec // An index.
				return err
			}
			read[plane] = data
		}
		p := i.part(w, column, row)
		p.at, p.first, p.step = p.at+at, b%together, together
		err := interrupt.Rows(ctx, p.width, p.height, func(from, to int) {
			some := p.rows(from, to)
			if data == nil {
				out[n].fill(some, i.empty())
			} else {
				out[n].unpack(some, data)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// chunkRows returns how many rows a tile or strip has: the last strip is cut,
// tiles are whole.
func (i *Image) chunkRows(row int) int {
	if i.tiled {
		return i.ChunkHeight
	}
	return min(i.ChunkHeight, i.Height-row*i.ChunkHeight)
}

// part returns where the tile of a column and row meets a window.
func (i *Image) part(w Window, column, row int) part {
	left, top := column*i.ChunkWidth, row*i.ChunkHeight
	x0, y0 := max(left, w.X), max(top, w.Y)
	x1, y1 := min(left+i.ChunkWidth, w.X+w.Width), min(top+i.ChunkHeight, w.Y+w.Height)
	return part{
		at: (y0-w.Y)*w.Width + x0 - w.X, stride: w.Width,
		width: x1 - x0, height: y1 - y0, rowBytes: i.rowBytes(), x: x0 - left, y: y0 - top,
	}
}

// rows returns some rows of a part.
func (p part) rows(from, to int) part {
	p.at, p.y, p.height = p.at+from*p.stride, p.y+from, to-from
	return p
}

// place returns where a strip or tile is in the file, and its bytes: none for one that
// the file leaves out.
func (i *Image) place(index uint64) (at, bytes uint64, err error) {
	offsets, counts := uint16(tagStripOffsets), uint16(tagStripBytes)
	if i.tiled {
		offsets, counts = tagTileOffsets, tagTileBytes
	}
	where, err := i.dir.uints(offsets, index, 1)
	if err != nil {
		return 0, 0, err
	}
	n, err := i.dir.uints(counts, index, 1)
	if err != nil {
		return 0, 0, err
	}
	return where[0], n[0], nil
}

// readPacked returns what the file has of a strip or tile that unpacks to a size:
// nothing for one that it leaves out.
func (i *Image) readPacked(keep *kept, index uint64, size int) ([]byte, error) {
	if i.Compression == compressionOldJPEG {
		return i.oldJPEGStream()
	}
	at, n, err := i.place(index)
	if err != nil || n == 0 {
		return nil, err
	}
	if i.Compression == compressionNone { // A strip may claim the rest of the file.
		return i.dir.readTo(keep.room, at, min(n, uint64(size))) //nolint:gosec // Not negative.
	}
	return i.dir.readTo(keep.packedRoom, at, n)
}

// readChunk returns the samples of a strip or tile, rows one after another, with
// the predictor undone; nil for one that the file leaves out.
func (i *Image) readChunk(ctx context.Context, keep *kept, index uint64, rows int) ([]byte, error) {
	size := i.packedBytes(rows)
	data, err := i.readPacked(keep, index, size)
	if err != nil || len(data) == 0 {
		return nil, err
	}
	if i.fillOrder == 2 && i.Compression != compressionJPEG && i.Compression != compressionOldJPEG {
		for at, b := range data {
			data[at] = bits.Reverse8(b)
		}
	}
	out, err := codecs[i.Compression](chunk{ctx: ctx, image: i, data: data, rows: rows, size: size, kept: keep})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, ErrUnsupported) || errors.Is(err, ErrCorrupt):
		return nil, err
	case err != nil:
		return nil, corrupt("its %s data cannot be unpacked: %v", CompressionName(i.Compression), err)
	case len(out) < size:
		return nil, corrupt("a piece of its data has %d bytes and needs %d", len(out), size)
	}
	out = i.spreadChroma(out, rows)
	return out, i.undoPredictor(ctx, out, rows)
}

// Mask says which pixels of windows hold something, by the file's mask or the
// alpha band of the picture: samples other than 0. It is nil if there is neither.
func (f *File) Mask(ctx context.Context, i *Image, windows ...Window) (Band, error) {
	mask, band := f.Masks[i.Width], 0
	if mask == nil || mask.Height != i.Height {
		if i.Alpha == NoAlpha {
			return nil, nil
		}
		mask, band = i, i.Colors
	}
	bands, err := mask.Read(ctx, []int{band}, windows...)
	if err != nil {
		return nil, err
	}
	return bands[0], nil
}
