package geotiff

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
)

// File is an open TIFF.
type File struct {
	// Main is the first picture, at full resolution.
	Main *Image
	// Overviews are the same picture with fewer pixels, the largest first.
	Overviews []*Image
	// Masks say for Main and each of Overviews, by their width, which pixels are
	// valid: samples other than 0.
	Masks map[int]*Image
}

// Image is one picture of a file. Its samples are read by [Image.Read].
type Image struct {
	Width, Height int // in pixels
	Bands         int
	Type          SampleType
	Photometric   Photometric
	// Alpha says what band Colors+1 is, counted from 1.
	Alpha Alpha
	// Colors is how many bands are colours; the others are extra.
	Colors int
	// Palette has the reds, then the greens, then the blues of a palette picture.
	Palette []uint16
	// Nodata is the value of samples that hold nothing, as GDAL writes it; nil for
	// none.
	Nodata *float64
	// Orientation is that of EXIF, 1 to 8, by default 1.
	Orientation int
	// Compression is the number of TIFF; [CompressionName] names it.
	Compression int
	// Georeference is the place on earth, nil for none.
	Georeference *Georeference
	// ChunkWidth and ChunkHeight are those of a tile, or of a strip.
	ChunkWidth, ChunkHeight int

	dir        *directory
	tiled      bool
	planar     int
	predictor  int
	fillOrder  int
	t4Options  int
	yCbCr      bool   // in JPEG, whose decoder makes RGB of it
	units      [2]int // pixels across and down that share a chroma, of YCbCr side by side
	jpegTables []byte // for all tiles
	stripRows  int    // of old JPEG, whose strips are parts of one
}

// Planar configurations.
const planarTogether, planarApart = 1, 2

// Open reads the directories of a file of the given size in bytes.
func Open(r io.ReaderAt, size int64) (*File, error) {
	source, at, err := openFile(r, size)
	if err != nil {
		return nil, err
	}
	out := &File{Masks: map[int]*Image{}}
	for seen := map[uint64]bool{}; at != 0 && !seen[at] && len(seen) < maxDirectories; {
		seen[at] = true
		var dir *directory
		if dir, at, err = source.readDirectory(at); err != nil {
			if out.Main != nil {
				break // What comes after a good picture may be broken: Pillow and GDAL read the first too.
			}
			return nil, err
		}
		kind, err := dir.one(tagSubfileType, 0)
		if err != nil {
			return nil, err
		}
		if out.Main == nil {
			if out.Main, err = dir.image(); err != nil {
				return nil, err
			}
			continue
		}
		const reduced, mask = 1, 4
		if kind&(reduced|mask) == 0 || len(out.Overviews)+len(out.Masks) >= maxParts {
			continue // Another page, or more than anyone writes.
		}
		image, err := dir.image()
		if err != nil {
			continue
		}
		switch {
		case kind&mask != 0 && image.Type.Bits <= 8 && image.Bands == 1:
			if out.Masks[image.Width] == nil {
				out.Masks[image.Width] = image
			}
		case kind&mask == 0 && image.Bands == out.Main.Bands && image.Type == out.Main.Type && image.Width < out.Main.Width:
			image.Nodata = out.Main.Nodata
			out.Overviews = append(out.Overviews, image)
		}
	}
	if out.Main == nil {
		return nil, corrupt("it has no picture")
	}
	return out, nil
}

// image interprets the tags of a directory, and gives those that are absent
// their defaults.
func (d *directory) image() (*Image, error) {
	i := &Image{dir: d, units: [2]int{1, 1}}
	var photometric, bits, format, rows int
	const missing = -1
	for _, want := range []struct {
		into    *int
		tag     uint16
		missing int
	}{
		{&i.Width, tagWidth, 0},
		{&i.Height, tagHeight, 0},
		{&i.Bands, tagSamples, 1},
		{&i.Compression, tagCompression, 1},
		{&photometric, tagPhotometric, missing},
		{&i.Orientation, tagOrientation, 1},
		{&bits, tagBits, 1},
		{&format, tagSampleFormat, Unsigned},
		{&i.planar, tagPlanar, planarTogether},
		{&i.predictor, tagPredictor, 1},
		{&i.fillOrder, tagFillOrder, 1},
		{&i.t4Options, tagT4Options, 0},
		{&rows, tagRowsPerStrip, math.MaxInt32},
		{&i.ChunkWidth, tagTileWidth, 0},
		{&i.ChunkHeight, tagTileHeight, 0},
	} {
		var err error
		if *want.into, err = d.one(want.tag, want.missing); err != nil {
			return nil, err
		}
	}
	switch i.Photometric = Photometric(photometric); {
	case photometric == missing && i.Bands > 1:
		i.Photometric = BlackIsZero
	case photometric == missing: // As Pillow has it.
		i.Photometric = WhiteIsZero
	}
	if i.Compression == compressionOldJPEG {
		if err := i.oldJPEG(min(rows, i.Height)); err != nil {
			return nil, err
		}
		rows = i.Height
	}
	if i.tiled = d.fields[tagTileOffsets].count > 0; !i.tiled {
		i.ChunkWidth, i.ChunkHeight = i.Width, min(rows, i.Height)
	}
	if i.Width < 1 || i.Height < 1 || i.ChunkWidth < 1 || i.ChunkHeight < 1 || i.Bands < 1 {
		return nil, corrupt("it is %d x %d pixels of %d bands, in pieces of %d x %d", i.Width, i.Height, i.Bands, i.ChunkWidth, i.ChunkHeight)
	}
	if i.Bands > maxBands {
		return nil, unsupported("it has %d bands, the limit is %d: choose some with gdal_translate -b", i.Bands, maxBands)
	}
	for _, same := range []struct {
		tag  uint16
		want int
		what string
	}{{tagBits, bits, "bits"}, {tagSampleFormat, format, "sample formats"}} {
		values, err := d.all(same.tag)
		if err != nil {
			return nil, err
		}
		for _, v := range values[:min(i.Bands, len(values))] { // Some files have values of bands that are not there.
			if v != uint64(same.want) { //nolint:gosec // Not negative.
				return nil, unsupported("its bands have different %s, %v: write one type with gdal_translate -ot", same.what, values)
			}
		}
	}
	var err error
	if i.Type, err = sampleType(format, bits); err != nil {
		return nil, err
	}
	if err := i.colors(); err != nil {
		return nil, err
	}
	if err := i.validate(); err != nil {
		return nil, err
	}
	if text, err := d.text(tagGDALNodata); err == nil {
		i.Nodata = parseNodata(text)
	}
	i.Georeference, err = d.georeference()
	return i, err
}

// maxBands bounds the bands of a picture; hyperspectral sensors have up to 500.
const maxBands = 1024

// colors reads the palette, the chroma's sampling, and what extra bands are.
func (i *Image) colors() error {
	i.Colors = map[Photometric]int{RGB: 3, YCbCr: 3, CIELab: 3, ICCLab: 3, CMYK: 4}[i.Photometric]
	if i.Colors == 0 {
		i.Colors = 1
	}
	if i.Colors > i.Bands {
		return corrupt("it has %d bands, and its photometric interpretation %d needs %d", i.Bands, i.Photometric, i.Colors)
	}
	extra, err := i.dir.all(tagExtraSamples)
	if err != nil {
		return err
	}
	if len(extra) > 0 && i.Bands > i.Colors && extra[0] <= uint64(UnassociatedAlpha) {
		i.Alpha = Alpha(extra[0]) //nolint:gosec // Bounded.
	}
	var palette []uint64
	if i.Photometric == Palette { // No more of it than there are colours.
		colors := uint64(3) << min(16, i.Type.Bits)
		if palette, err = i.dir.uints(tagPalette, 0, min(colors, i.dir.fields[tagPalette].count)); err != nil {
			return err
		}
	}
	for _, v := range palette {
		i.Palette = append(i.Palette, uint16(v)) //nolint:gosec // Read from 16 bits.
	}
	if i.Photometric == YCbCr && i.Compression != compressionJPEG && i.Compression != compressionOldJPEG {
		return i.chroma()
	}
	if i.Compression != compressionJPEG {
		return nil
	}
	// The decoder of JPEG makes RGB of luma and chroma side by side.
	if i.Photometric == YCbCr && i.planar == planarTogether {
		i.yCbCr, i.Photometric = true, RGB
	}
	i.jpegTables, _, err = i.dir.bytes(tagJPEGTables, 0, i.dir.fields[tagJPEGTables].count)
	return err
}

func (i *Image) validate() error {
	known := i.Photometric <= YCbCr || i.Photometric == CIELab || i.Photometric == ICCLab
	switch {
	case !known:
		return unsupported("its photometric interpretation is %d: convert it to RGB, or write the bands with gdal_translate -co PHOTOMETRIC=MINISBLACK", i.Photometric)
	case i.Photometric == Palette && (i.Type.Format != Unsigned || i.Type.Bits > 16 || len(i.Palette) < 3<<i.Type.Bits):
		return corrupt("its palette has %d values for %d bits and %d bands", len(i.Palette), i.Type.Bits, i.Bands)
	case i.planar != planarTogether && i.planar != planarApart:
		return corrupt("its planar configuration is %d", i.planar)
	case i.Photometric > CMYK && i.Type != (SampleType{Unsigned, 8}):
		return unsupported("its colours are no RGB, and have %d bits: convert it with gdal_translate -co PHOTOMETRIC=RGB", i.Type.Bits)
	}
	if _, ok := codecs[i.Compression]; !ok {
		return unsupported("compression %d (%s): convert it with gdal_translate -co COMPRESS=DEFLATE", i.Compression, CompressionName(i.Compression))
	}
	across, down, planes := i.grid()
	if pieces := uint64(across) * uint64(down) * uint64(planes); pieces > maxPieces { //nolint:gosec // Not negative.
		return unsupported("it has %d tiles or strips, the limit is %d", pieces, maxPieces)
	}
	if i.ChunkWidth > math.MaxInt32/(i.ChunkHeight*i.chunkBands()) {
		return corrupt("a tile or strip has %d x %d pixels of %d bands", i.ChunkWidth, i.ChunkHeight, i.chunkBands())
	}
	return nil
}

// grid returns how many strips or tiles there are across, down, and in planes.
func (i *Image) grid() (across, down, planes int) {
	return (i.Width-1)/i.ChunkWidth + 1, (i.Height-1)/i.ChunkHeight + 1, i.Bands / i.chunkBands()
}

// chunkBands is how many bands a strip or tile holds side by side.
func (i *Image) chunkBands() int {
	if i.planar == planarApart {
		return 1
	}
	return i.Bands
}

// rowBytes is what a row of a strip or tile takes when unpacked.
func (i *Image) rowBytes() int { return (i.ChunkWidth*i.chunkBands()*i.Type.Bits + 7) / 8 }

// ChunkBytes is what a strip or tile takes in memory when unpacked.
func (i *Image) ChunkBytes() int { return i.rowBytes() * i.ChunkHeight }

// UnpackedBytes is what the strips or tiles that hold some bands unpack to.
func (i *Image) UnpackedBytes(bands int) uint64 {
	across, down, planes := i.grid()
	planes = min(planes, bands)
	rows := uint64(down) * uint64(i.ChunkHeight) //nolint:gosec // Not negative.
	if !i.tiled {
		rows = uint64(i.Height) //nolint:gosec // Not negative.
	}
	return rows * uint64(across) * uint64(planes) * uint64(i.rowBytes()) //nolint:gosec // Not negative.
}

// Layout says how the samples lie in the file: strips or tiles, bands side by side
// or apart, predictor and byte order.
func (i *Image) Layout() string {
	words := []string{"strips"}
	if i.tiled {
		words[0] = "tiles"
	}
	if i.planar == planarApart && i.Bands > 1 {
		words = append(words, "bands apart")
	}
	if i.predictor != predictorNone {
		words = append(words, fmt.Sprintf("predictor %d", i.predictor))
	}
	if i.dir.order == binary.BigEndian {
		words = append(words, "big-endian")
	}
	if i.dir.big {
		words = append(words, "BigTIFF")
	}
	return strings.Join(words, ", ")
}
