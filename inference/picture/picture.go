// Package picture decodes picture files into the RGB pixels that Pillow's
// Image.open(file).convert("RGB") gives, which is what models were trained on.
// Files come from strangers: what a header claims is checked against limits
// before any pixel is decoded.
package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/interrupt"
	"github.com/seed-74198975/rsclip/inference/jpeg2000"
)

// Image is a decoded picture: 3 bytes a pixel, red, green, blue, row by row
// from the top.
type Image struct {
	Pix           []byte
	Width, Height int
	Seen
}

// Seen says what of a file is in a picture.
type Seen struct {
	// Nodata is the share of the pixels that hold no data, 0 to 1: those of a TIFF in
	// which all bands that are shown have the nodata value, NaN or an infinity, and
	// those that a mask or alpha leaves out, of a PNG only if it has 16 bits.
	Nodata float64
	// Stretched are the values that became 0 and 255, for red, green and blue; none
	// if no stretch was applied.
	Stretched []Range
}

// maxPooled bounds the pictures whose memory is kept for later ones, in bytes.
const maxPooled = 4 << 20

// pool holds the memory of pictures that have been released.
var pool sync.Pool // of *[]byte

// Release gives the picture's memory back for later ones. The picture must not
// be used any more.
func (i *Image) Release() {
	if cap(i.Pix) <= maxPooled {
		pool.Put(&i.Pix)
	}
}

// The kinds of failure. Errors of [Decode] wrap one of them.
var (
	// ErrUnsupported reports a file of a format, or a variant, that is not read.
	ErrUnsupported = geotiff.ErrUnsupported
	// ErrTooLarge reports a picture with more pixels than the limit, or one that
	// takes more work than as many pixels should.
	ErrTooLarge = errors.New("picture too large")
	// ErrNodata reports a picture of which more holds no data than Options.MaxNodata.
	ErrNodata = errors.New("picture without data")
	// ErrCorrupt reports a file that breaks its format's rules or ends early.
	ErrCorrupt = geotiff.ErrCorrupt
)

// DefaultMaxPixels is what Options.MaxPixels 0 means: those of 8192 x 8192, which
// the largest chips of mosaics have, and cameras and drones do not reach.
const DefaultMaxPixels = 8192 * 8192

// MaxSide bounds width and height, as JPEG does: resizing takes memory for each
// row and each column, and a picture of one row may have many of the other.
const MaxSide = 65_535

// Options limit decoding and choose what Pillow does not offer; the zero value
// gives Pillow's pixels.
type Options struct {
	// MaxPixels bounds width times height. Default [DefaultMaxPixels].
	MaxPixels int
	// Bands are the bands of a TIFF, from 1, that are red, green and blue. A TIFF
	// that lacks one of them is shown as by default: the first three, or the first
	// for all colours if it has fewer.
	Bands [3]int
	// Deep says how deep samples of a TIFF, JPEG 2000 or PNG are shown. Default
	// [DeepPillow].
	Deep Deep
	// Stretch are the percentiles by which deep bands are stretched; setting
	// it stretches all of them. Default [DefaultStretch], for those that Deep says.
	Stretch *Stretch
	// MaxNodata is the largest share of pixels without data, 0 to 1. Default any.
	MaxNodata *float64
	// EXIFOrientation turns the picture as its EXIF data says. Default false,
	// which is what Pillow's Image.open does.
	EXIFOrientation bool
	// Enough is a width and a height that are enough. A JPEG is decoded to a half, a
	// quarter or an eighth of its sides if that is no less. It is quicker, and the
	// pixels are others than those that resizing gives. Default the file's own size.
	Enough [2]int
}

// decoder reads one format.
type decoder struct {
	name    string
	magic   []string // prefixes of its files; '?' stands for any byte
	inspect func(data []byte, o Options) (Cost, error)
	decode  func(ctx context.Context, data []byte, o Options) (*Image, error)
}

// decoders are told apart by content: names and content types may lie.
var decoders = []decoder{
	{"JPEG", []string{"\xff\xd8\xff"}, inspectJPEG, decodeJPEG},
	{"PNG", []string{"\x89PNG\r\n\x1a\n"}, inspectPNG, decodePNG},
	{"WebP", []string{"RIFF????WEBP"}, inspectWebP, decodeWebP},
	{"TIFF", []string{"II*\x00", "MM\x00*", "II+\x00", "MM\x00+"}, inspectTIFF, decodeTIFF},
	{"JPEG 2000", []string{jpeg2000.Signature, jpeg2000.CodestreamSignature}, inspectJPEG2000, decodeJPEG2000},
	{"GIF", []string{"GIF87a", "GIF89a"}, inspectGIF, decodeGIF},
	{"BMP", []string{"BM"}, inspectBMP, decodeBMP},
}

// Decode decodes a whole picture file. It ends with ctx's error soon after ctx
// does, but for a WebP, whose library cannot be stopped. A file that turns out far
// dearer than its header tells is [ErrTooLarge].
func Decode(ctx context.Context, data []byte, o Options) (*Image, error) {
	cost, err := Inspect(data, o)
	if err != nil {
		return nil, err
	}
	d, err := decoderOf(data)
	if err != nil {
		return nil, err
	}
	allowed, done := interrupt.Allow(ctx, cost.most())
	defer done()
	image, err := d.decode(allowed, data, o)
	if err == nil && o.EXIFOrientation {
		image, err = orient(ctx, image, exifOrientation(data))
	}
	switch {
	case err == nil && o.MaxNodata != nil && image.Nodata > *o.MaxNodata:
		image.Release()
		err = fmt.Errorf("%w: %.3g of its pixels hold no data, and picture.max_nodata is %v: send a picture that covers more", ErrNodata, image.Nodata, *o.MaxNodata)
	case err == nil:
		return image, nil
	case ctx.Err() != nil: // Whatever the decoder made of it.
		return nil, ctx.Err()
	case allowed.Err() != nil:
		err = fmt.Errorf("%w: decoding it takes more than %v, %d times what its header tells: save it anew", ErrTooLarge, cost.most(), slower)
	}
	return nil, fmt.Errorf("decoding %s: %w", d.name, err)
}

// decoderOf returns the decoder of a file.
func decoderOf(data []byte) (decoder, error) {
	for _, d := range decoders {
		if d.matches(data) {
			return d, nil
		}
	}
	if len(data) == 0 {
		return decoder{}, fmt.Errorf("%w: the file is empty", ErrUnsupported)
	}
	return decoder{}, fmt.Errorf("%w: the file is neither %s", ErrUnsupported, names())
}

func (d decoder) matches(data []byte) bool {
	for _, m := range d.magic {
		if len(data) < len(m) {
			continue
		}
		head := bytes.Clone(data[:len(m)])
		for i := range m {
			if m[i] == '?' {
				head[i] = '?'
			}
		}
		if string(head) == m {
			return true
		}
	}
	return false
}

func names() string {
	var b bytes.Buffer
	for i, d := range decoders {
		if i > 0 {
			b.WriteString(" nor ")
		}
		b.WriteString(d.name)
	}
	return b.String()
}

func newImage(width, height int) *Image {
	n := 3 * width * height
	if pix, ok := pool.Get().(*[]byte); ok && cap(*pix) > n {
		used := (*pix)[:n]
		clear(used)
		return &Image{Pix: used, Width: width, Height: height}
	}
	// Resizing reads a byte beyond.
	return &Image{Pix: make([]byte, n, n+1), Width: width, Height: height}
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}
