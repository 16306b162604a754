package geotiff

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
	"golang.org/x/image/tiff/lzw"

	"github.com/seed-74198975/rsclip/inference/fax"
	"github.com/seed-74198975/rsclip/inference/interrupt"
	"github.com/seed-74198975/rsclip/inference/jpeg"
)

// Numbers of compressions that more than the table of codecs names.
const (
	compressionNone       = 1
	compressionOldJPEG    = 6
	compressionJPEG       = 7
	compressionDeflate    = 8
	compressionOldDeflate = 32946 // before it had a number of its own
	compressionLZMA       = 34925
	compressionZSTD       = 50000
	compressionWebP       = 50001
)

// names are the compressions that files have, by TIFF's number.
var names = map[int]string{
	1: "none", 2: "CCITT RLE", 3: "CCITT Group 3", 4: "CCITT Group 4", 5: "LZW", 6: "old JPEG", 7: "JPEG", 8: "deflate", 32771: "CCITT RLE, word aligned",
	32773: "PackBits", 32809: "ThunderScan", 32946: "deflate", 33003: "JPEG 2000", 33005: "JPEG 2000", 34661: "JBIG", 34676: "SGI LogLuv", 34677: "SGI LogLuv",
	34712: "JPEG 2000", 34887: "LERC", 34892: "lossy JPEG of DNG", 34925: "LZMA", 50000: "ZSTD", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}

// CompressionName names a compression by TIFF's number.
func CompressionName(number int) string {
	if name, ok := names[number]; ok {
		return name
	}
	return fmt.Sprintf("number %d", number)
}

// chunk is a strip or tile to unpack, until ctx ends.
type chunk struct {
	ctx   context.Context //nolint:containedctx // Decompressors know no contexts.
	image *Image
	data  []byte
	rows  int // of a last strip, fewer than ChunkHeight
	size  int // bytes that it must have when unpacked
	kept  *kept
}

// kept are the decompressors of one read, for all of its strips and tiles. Each has
// what it may have to remember, which a piece of a few bytes may say is 64 MiB.
type kept struct {
	zstd *zstd.Decoder
	xz   *xz.Reader
}

func (k *kept) close() {
	if k.zstd != nil {
		k.zstd.Close()
	}
}

func (c chunk) reader() io.Reader { return interrupt.NewReader(c.ctx, c.data) }

// codecs unpack a strip or tile, by TIFF's number; each stops after size bytes.
var codecs = map[int]func(c chunk) ([]byte, error){
	compressionNone: func(c chunk) ([]byte, error) { return c.data[:min(c.size, len(c.data))], nil },
	2:               unpackFax,
	3:               unpackFax,
	4:               unpackFax,
	5: func(c chunk) ([]byte, error) {
		r := lzw.NewReader(c.reader(), lzw.MSB, 8)
		defer func() { _ = r.Close() }()
		return readUpTo(r, c.size)
	},
	compressionOldJPEG:    unpackJPEG,
	compressionJPEG:       unpackJPEG,
	compressionDeflate:    inflate,
	compressionOldDeflate: inflate,
	32771:                 unpackFax,
	32773:                 unpackBits,
	compressionLZMA:       unpackLZMA,
	compressionZSTD:       unpackZSTD,
	compressionWebP:       unpackWebP,
}

// maxDictionary bounds what LZMA and ZSTD may ask to remember. libtiff's default
// presets ask for 8 MiB.
const maxDictionary = 64 << 20

func unpackLZMA(c chunk) ([]byte, error) {
	var err error
	if c.kept.xz == nil {
		c.kept.xz, err = xz.NewReader(c.reader(), maxDictionary)
	} else {
		err = c.kept.xz.Reset(c.reader())
	}
	if err != nil {
		return nil, err
	}
	return readUpTo(c.kept.xz, c.size)
}

func unpackZSTD(c chunk) ([]byte, error) {
	var err error
	if c.kept.zstd == nil {
		c.kept.zstd, err = zstd.NewReader(c.reader(), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxDictionary))
	} else {
		err = c.kept.zstd.Reset(c.reader())
	}
	if err != nil {
		return nil, err
	}
	return readUpTo(c.kept.zstd, c.size)
}

func inflate(c chunk) ([]byte, error) {
	r, err := zlib.NewReader(c.reader())
	if err != nil {
		return nil, err
	}
	return readUpTo(r, c.size)
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
func unpackBits(c chunk) ([]byte, error) {
	out, data := make([]byte, 0, c.size), c.data
	for run := 0; len(data) > 1 && len(out) < c.size; run++ {
		if run%(1<<16) == 0 && c.ctx.Err() != nil {
			return nil, c.ctx.Err()
		}
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
	return out[:min(c.size, len(out))], nil
}

// faxes are the formats of CCITT, by TIFF's number.
var faxes = map[int]fax.Format{2: fax.RLE, 3: fax.Group3, 4: fax.Group4, 32771: fax.RLEWords}

// unpackFax unpacks CCITT's formats of black and white pictures, whose white is a 0,
// which is what the photometric interpretation says.
func unpackFax(c chunk) ([]byte, error) {
	if c.image.Type.Bits != 1 || c.image.chunkBands() != 1 {
		return nil, unsupported("it has %d bands of %s in a format for black and white", c.image.Bands, c.image.Type)
	}
	const twoDimensions = 1 // of the bits of T4Options
	format := faxes[c.image.Compression]
	if format == fax.Group3 && c.image.t4Options&twoDimensions != 0 {
		format = fax.Group3TwoDimensions
	}
	return fax.Decode(c.ctx, c.data, format, c.image.ChunkWidth, c.rows)
}

// unpackJPEG decodes a tile that is a JPEG.
func unpackJPEG(c chunk) ([]byte, error) {
	bands := c.image.chunkBands()
	if c.image.Type != (SampleType{Unsigned, 8}) || bands > 4 {
		return nil, unsupported("it has %d bands of %s in JPEG: convert it with gdal_translate -co COMPRESS=DEFLATE", bands, c.image.Type)
	}
	tile := jpeg.Tile{Tables: c.image.jpegTables, Width: c.image.ChunkWidth, Rows: c.rows, MostRows: c.image.ChunkHeight, Components: bands, YCbCr: c.image.yCbCr && bands == 3, Replicate: c.image.Compression == compressionOldJPEG}
	out, err := tile.Decode(c.ctx, c.data)
	switch {
	case errors.Is(err, jpeg.ErrUnsupported):
		err = unsupported("%v", err)
	case errors.Is(err, jpeg.ErrCorrupt):
		err = corrupt("%v", err)
	}
	return out, err
}
