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

// kept is what one read uses for all of its strips and tiles, which may be many and
// small: new for each it would be garbage of twice the picture (134 MiB were held
// at a time, with 108 told). A decompressor has what it may have to remember, which
// a piece of a few bytes may say is 64 MiB.
type kept struct {
	zlib     io.ReadCloser
	zstd     *zstd.Decoder
	xz       *xz.Reader
	packed   []byte   // of one piece
	unpacked [][]byte // of the pieces of one place, each with other bands
	taken    int      // of unpacked
}

func (k *kept) close() {
	if k.zstd != nil {
		k.zstd.Close()
	}
}

// next says that nobody looks at the pieces before any more.
func (k *kept) next() { k.taken = 0 }

// room returns so many bytes for a piece that is unpacked. They hold anything.
func (k *kept) room(n int) []byte {
	if k.taken == len(k.unpacked) {
		k.unpacked = append(k.unpacked, nil)
	}
	k.taken++
	return grown(&k.unpacked[k.taken-1], n)
}

// packedRoom does so for one that is packed, until the one after it.
func (k *kept) packedRoom(n int) []byte { return grown(&k.packed, n) }

func grown(b *[]byte, n int) []byte {
	if cap(*b) < n {
		*b = make([]byte, n)
	}
	return (*b)[:n]
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
		return c.readUpTo(r)
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
	return c.readUpTo(c.kept.xz)
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
	return c.readUpTo(c.kept.zstd)
}

func inflate(c chunk) ([]byte, error) {
	var err error
	if c.kept.zlib == nil {
		c.kept.zlib, err = zlib.NewReader(c.reader())
	} else {
		err = c.kept.zlib.(zlib.Resetter).Reset(c.reader(), nil) //nolint:forcetypeassert // As zlib promises.
	}
	if err != nil {
		return nil, err
	}
	return c.readUpTo(c.kept.zlib)
}

// readUpTo returns what a reader has of the bytes that the piece must have.
func (c chunk) readUpTo(r io.Reader) ([]byte, error) {
	out := c.kept.room(c.size)
	got, err := io.ReadFull(r, out)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // The caller sees that it is short.
	}
	return out[:got], err
}

// unpackBits undoes PackBits: runs of bytes, and bytes repeated.
func unpackBits(c chunk) ([]byte, error) {
	out, data := c.kept.room(c.size)[:0], c.data
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
