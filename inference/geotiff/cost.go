package geotiff

import "github.com/seed-74198975/rsclip/inference/webp"

// Bounds of a file that says much with few bytes.
const (
	maxValues = 1 << 16 // of a tag that is read whole
	maxParts  = 64      // overviews and masks
	maxSummed = 1 << 20 // strips or tiles of a picture of known cost
)

// Pieces is how many strips or tiles hold some bands.
func (i *Image) Pieces(bands int) int {
	across, down, planes := i.grid()
	return across * down * min(planes, bands)
}

// PackedBytes is what all strips or tiles together claim to have in the file, with
// the tables that each of them needs. They may all claim the same bytes of it.
func (i *Image) PackedBytes() (total uint64, err error) {
	across, down, planes := i.grid()
	pieces := uint64(across) * uint64(down) * uint64(planes) //nolint:gosec // Not negative.
	if pieces > maxSummed {
		return 0, unsupported("it has %d tiles or strips, the limit is %d: write larger ones with gdal_translate -co TILED=YES", pieces, maxSummed)
	}
	if i.Compression == compressionOldJPEG {
		return uint64(i.dir.size), nil //nolint:gosec // Not negative.
	}
	counts := uint16(tagStripBytes)
	if i.tiled {
		counts = tagTileBytes
	}
	for from := uint64(0); from < pieces; from += maxValues {
		some, err := i.dir.uints(counts, from, min(maxValues, pieces-from))
		if err != nil {
			return 0, err
		}
		for _, n := range some {
			total += min(n, uint64(i.dir.size)) + uint64(len(i.jpegTables)) //nolint:gosec // Not negative.
		}
	}
	return total, nil
}

// BringsTables tells the compressions whose blocks bring tables of codes: a few bytes
// of them take microseconds, and may hold no data.
func (i *Image) BringsTables() bool {
	switch i.Compression {
	case compressionDeflate, compressionOldDeflate, compressionLZMA, compressionZSTD:
		return true
	}
	return false
}

// Nanoseconds that unpacking a byte takes: of files as programs write them, and of
// bytes that were chosen to be dear, such as codes of nothing, or of single pixels of a
// fax, which has up to eight codes in a byte.
const (
	PackedWork     = 5
	DearPackedWork = 75
)

// PackedWork is about the nanoseconds that unpacking a byte of the file takes.
func (i *Image) PackedWork() int64 {
	if _, isFax := faxes[i.Compression]; isFax {
		return DearPackedWork
	}
	return PackedWork
}

// SampleBytes is what a sample of a [Band] has in memory.
func (s SampleType) SampleBytes() int {
	switch s.newBand(0).(type) {
	case *Samples[uint8]:
		return 1
	case *Samples[uint16], *Samples[int16]:
		return 2
	case *Samples[float64]:
		return 8
	}
	return 4
}

// CodecBytes is the most that unpacking a strip or tile takes beside the strip or
// tile, packed and unpacked.
func (i *Image) CodecBytes() int {
	switch i.Compression {
	case compressionLZMA, compressionZSTD: // What may be asked to remember, and a block.
		return maxDictionary + 4<<20
	case compressionOldJPEG: // The file once more, too, and what is read to the end of it.
		return i.jpegBytes() + int(2*i.dir.size)
	case compressionJPEG: // Coefficients, if the bands come one after another, and rows.
		return i.jpegBytes()
	case compressionWebP: // Pixels before they are copied out, too.
		f := webp.Features{Width: i.ChunkWidth, Height: i.ChunkHeight}
		return 4*i.ChunkWidth*i.ChunkHeight + int(f.Bytes())
	}
	if i.units != [2]int{1, 1} { // Before each pixel has a chroma.
		return 1<<20 + i.packedBytes(i.ChunkHeight)
	}
	return 1<<20 + i.rowBytes() // The predictor of floats sorts a row.
}

// jpegBytes is the most that libjpeg takes for a strip or tile.
func (i *Image) jpegBytes() int {
	return 2*(i.ChunkWidth+32)*(i.ChunkHeight+32)*i.chunkBands() + 256*(i.ChunkWidth+1024)*i.chunkBands() + 1<<20
}
