package picture

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Numbers of the TIFF tags that are read.
// Format: TIFF 6.0, and its technical note 2 for deflate.
const (
	tagWidth, tagHeight            = 256, 257
	tagBits                        = 258
	tagCompression                 = 259
	tagPhotometric                 = 262
	tagStripOffsets, tagStripBytes = 273, 279
	tagOrientation                 = 274
	tagSamples, tagRowsPerStrip    = 277, 278
	tagPlanar                      = 284
	tagPredictor                   = 317
	tagPalette                     = 320
	tagTileWidth, tagTileHeight    = 322, 323
	tagTileOffsets, tagTileBytes   = 324, 325
	tagSampleFormat                = 339
)

// Bounds of what a directory may claim, since its entries may all point at the
// same bytes of a small file.
const (
	maxTIFFEntries = 4096
	maxTIFFPieces  = 1 << 20 // strips or tiles
	maxTIFFValues  = 4096    // of any other tag
)

// Values of tags.
const (
	whiteIsZero, blackIsZero, photometricRGB, photometricPalette = 0, 1, 2, 3
	planarTogether, planarApart                                  = 1, 2
	formatUnsigned, formatFloat                                  = 1, 3
)

// raster is a TIFF's first picture as it lies in the file.
type raster struct {
	data  []byte
	order binary.ByteOrder

	width, height   int
	bits, format    int // of a sample
	samples         int // of a pixel
	photometric     int
	planar          int
	compression     int
	predictor       int
	palette         []uint16 // all reds, all greens, all blues
	chunkW, chunkH  int      // of a strip or tile
	offsets, counts []uint64
	orientation     int
}

// typeSizes are the bytes of an element of each TIFF field type, 0 for unknown.
var typeSizes = [...]int{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8}

// readTIFF reads the header and the first directory of a TIFF or BigTIFF.
func readTIFF(data []byte) (*raster, error) {
	r := &raster{data: data, order: binary.LittleEndian}
	if len(data) < 16 {
		return nil, corrupt("the header is cut off")
	}
	if data[0] == 'M' {
		r.order = binary.BigEndian
	}
	big := r.order.Uint16(data[2:]) == 43
	at, countSize, entrySize, valueSize := uint64(r.order.Uint32(data[4:])), 2, 12, 4
	if big {
		at, countSize, entrySize, valueSize = r.order.Uint64(data[8:]), 8, 20, 8
	}
	directory, err := r.slice(at, uint64(countSize))
	if err != nil {
		return nil, err
	}
	count := uint64(r.order.Uint16(directory))
	if big {
		count = r.order.Uint64(directory)
	}
	if count > maxTIFFEntries {
		return nil, corrupt("the directory claims %d entries", count)
	}
	entries, err := r.slice(at+uint64(countSize), count*uint64(entrySize))
	if err != nil {
		return nil, err
	}
	tags := make(map[int][]uint64, count)
	for ; len(entries) > 0; entries = entries[entrySize:] {
		tag := int(r.order.Uint16(entries))
		// The first of equal tags counts, and other tags are not read.
		if _, twice := tags[tag]; twice || !knownTags[tag] {
			continue
		}
		most := uint64(maxTIFFValues)
		switch tag {
		case tagStripOffsets, tagStripBytes, tagTileOffsets, tagTileBytes:
			most = maxTIFFPieces
		}
		if tags[tag], err = r.values(entries[:entrySize], valueSize, most); err != nil {
			return nil, fmt.Errorf("tag %d: %w", tag, err)
		}
	}
	return r, r.interpret(tags)
}

var knownTags = map[int]bool{
	tagWidth: true, tagHeight: true, tagBits: true, tagCompression: true, tagPhotometric: true, tagStripOffsets: true, tagStripBytes: true,
	tagOrientation: true, tagSamples: true, tagRowsPerStrip: true, tagPlanar: true, tagPredictor: true, tagPalette: true,
	tagTileWidth: true, tagTileHeight: true, tagTileOffsets: true, tagTileBytes: true, tagSampleFormat: true,
}

// values reads the unsigned integers of a directory's entry, at most so many.
func (r *raster) values(entry []byte, valueSize int, most uint64) ([]uint64, error) {
	kind := int(r.order.Uint16(entry[2:]))
	if kind >= len(typeSizes) || typeSizes[kind] == 0 {
		return nil, corrupt("its type is %d", kind)
	}
	size := typeSizes[kind]
	count := uint64(r.order.Uint32(entry[4:]))
	if valueSize == 8 {
		count = r.order.Uint64(entry[4:])
	}
	if count > most {
		return nil, corrupt("it claims %d values, the limit is %d", count, most)
	}
	bytes := entry[len(entry)-valueSize:]
	if need := count * uint64(size); need > uint64(valueSize) { //nolint:gosec // Both are small and positive.
		at := uint64(r.order.Uint32(bytes))
		if valueSize == 8 {
			at = r.order.Uint64(bytes)
		}
		var err error
		if bytes, err = r.slice(at, need); err != nil {
			return nil, err
		}
	}
	out := make([]uint64, count)
	for i := range out {
		switch b := bytes[i*size:]; size {
		case 1:
			out[i] = uint64(b[0])
		case 2:
			out[i] = uint64(r.order.Uint16(b))
		case 4:
			out[i] = uint64(r.order.Uint32(b))
		default:
			out[i] = r.order.Uint64(b)
		}
	}
	return out, nil
}

// slice returns bytes of the file, or says that it ends before them.
func (r *raster) slice(at, n uint64) ([]byte, error) {
	if n > uint64(len(r.data)) || at > uint64(len(r.data))-n {
		return nil, corrupt("the file ends before byte %d", at+n)
	}
	return r.data[at : at+n], nil
}

// interpret checks the tags and gives those that are absent their defaults.
func (r *raster) interpret(tags map[int][]uint64) error {
	one := func(tag, missing int) int {
		if v := tags[tag]; len(v) > 0 && v[0] <= math.MaxInt32 {
			return int(v[0]) //nolint:gosec // Bounded.
		}
		return missing
	}
	r.width, r.height = one(tagWidth, 0), one(tagHeight, 0)
	r.samples, r.planar, r.predictor = one(tagSamples, 1), one(tagPlanar, planarTogether), one(tagPredictor, 1)
	r.compression, r.photometric = one(tagCompression, 1), one(tagPhotometric, blackIsZero)
	r.bits, r.format, r.orientation = one(tagBits, 1), one(tagSampleFormat, formatUnsigned), one(tagOrientation, 1)
	for _, b := range tags[tagBits] {
		if int(b) != r.bits { //nolint:gosec // Compared only.
			return unsupported("its bands have different depths, %v bits", tags[tagBits])
		}
	}
	r.chunkW, r.chunkH = r.width, min(one(tagRowsPerStrip, math.MaxInt32), r.height)
	r.offsets, r.counts = tags[tagStripOffsets], tags[tagStripBytes]
	if len(tags[tagTileOffsets]) > 0 {
		r.chunkW, r.chunkH = one(tagTileWidth, 0), one(tagTileHeight, 0)
		r.offsets, r.counts = tags[tagTileOffsets], tags[tagTileBytes]
	}
	for _, v := range tags[tagPalette] {
		r.palette = append(r.palette, uint16(v)) //nolint:gosec // Read from 16 bits.
	}
	return r.validate()
}

func (r *raster) validate() error {
	known := map[[2]int]bool{
		{1, formatUnsigned}: true, {2, formatUnsigned}: true, {4, formatUnsigned}: true,
		{8, formatUnsigned}: true, {16, formatUnsigned}: true, {32, formatFloat}: true,
	}
	switch {
	case r.width < 1 || r.height < 1 || r.chunkW < 1 || r.chunkH < 1 || r.samples < 1:
		return corrupt("it is %d x %d pixels of %d bands, in pieces of %d x %d", r.width, r.height, r.samples, r.chunkW, r.chunkH)
	case r.samples > 1024:
		return unsupported("it has %d bands", r.samples)
	case !known[[2]int{r.bits, r.format}]:
		return unsupported("its samples have %d bits of format %d", r.bits, r.format)
	case r.bits < 8 && r.samples > 1:
		return unsupported("it has %d bands of %d bits", r.samples, r.bits)
	case r.photometric > photometricPalette:
		return unsupported("its photometric interpretation is %d", r.photometric)
	case r.photometric == photometricPalette && (r.bits > 8 || r.samples != 1 || len(r.palette) < 3<<r.bits):
		return corrupt("its palette has %d values for %d bits", len(r.palette), r.bits)
	case r.planar != planarTogether && r.planar != planarApart:
		return corrupt("its planar configuration is %d", r.planar)
	}
	across, down, planes := r.grid()
	if need := across * down * planes; len(r.offsets) < need || len(r.counts) < need {
		return corrupt("it has %d pieces of data and needs %d", min(len(r.offsets), len(r.counts)), need)
	}
	return nil
}

// grid returns how many strips or tiles there are across, down, and in planes.
func (r *raster) grid() (across, down, planes int) {
	planes = 1
	if r.planar == planarApart {
		planes = r.samples
	}
	return (r.width-1)/r.chunkW + 1, (r.height-1)/r.chunkH + 1, planes
}

// chunkDepth returns how many bytes a pixel of a strip or tile has.
func (r *raster) chunkDepth() int {
	_, _, planes := r.grid()
	return (r.samples/planes*r.bits + 7) / 8
}

// unpacked returns how many bytes the pieces that hold some bands unpack to.
func (r *raster) unpacked(bands int) int {
	across, down, planes := r.grid()
	rows := down * r.chunkH
	if r.chunkW == r.width { // The last strip is cut, tiles are whole.
		rows = r.height
	}
	return across * r.chunkW * r.chunkDepth() * rows * min(bands, planes)
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}
