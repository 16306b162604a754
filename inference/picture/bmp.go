package picture

import (
	"context"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// bmp is the header of a BMP file.
// Format: Microsoft's BITMAPFILEHEADER and BITMAPINFOHEADER to BITMAPV5HEADER,
// and OS/2's BITMAPCOREHEADER.
type bmp struct {
	width, height int
	topDown       bool
	bits          int // of a pixel
	compression   uint32
	masks         [3]uint32 // of red, green and blue, for 16, 24 and 32 bits
	palette       []byte    // entrySize bytes a colour: blue, green, red
	entrySize     int
	pixels        []byte // the rest of the file
}

// Compressions of BMP files.
const (
	bmpRGB, bmpRLE8, bmpRLE4, bmpBitFields = 0, 1, 2, 3
)

// inspectBMP knows the cost of a BMP: ours, and a byte a pixel for runs.
func inspectBMP(data []byte, _ Options) (Cost, error) {
	b, err := readBMP(data)
	if err != nil {
		return Cost{}, err
	}
	c := Cost{Width: b.width, Height: b.height}
	c.Bytes, c.Work = (1+3)*c.pixels()+64<<10, 15*c.pixels()+5*int64(len(data))
	return c, nil
}

// decodeBMP decodes a BMP as Pillow does, with palettes, 16, 24 and 32 bits, bit
// fields, and runs of 4 and 8 bits. Alpha is dropped.
func decodeBMP(ctx context.Context, data []byte, _ Options) (*Image, error) {
	b, err := readBMP(data)
	if err != nil {
		return nil, err
	}
	if b.compression == bmpRLE8 || b.compression == bmpRLE4 {
		indices, err := b.runs(ctx)
		if err != nil {
			return nil, err
		}
		return b.show(ctx, func(to []byte, y int) { b.colors(to, indices[y*b.width:], 8) })
	}
	rowBytes := (b.width*b.bits + 31) / 32 * 4
	if len(b.pixels) < rowBytes*(b.height-1)+(b.width*b.bits+7)/8 {
		return nil, corrupt("its pixels have %d bytes and need %d", len(b.pixels), rowBytes*b.height)
	}
	return b.show(ctx, func(to []byte, y int) {
		if from := b.pixels[y*rowBytes:]; b.bits <= 8 {
			b.colors(to, from, b.bits)
		} else {
			b.fields(to, from)
		}
	})
}

// show makes a picture of what row writes for each row of the file.
func (b *bmp) show(ctx context.Context, row func(to []byte, y int)) (*Image, error) {
	out := newImage(b.width, b.height)
	err := interrupt.Rows(ctx, b.width, b.height, func(from, to int) {
		for y := from; y < to; y++ {
			row(out.Pix[3*b.width*b.row(y):][:3*b.width], y)
		}
	})
	return out, err
}

// row returns where the y-th row of the file is in the picture.
func (b *bmp) row(y int) int {
	if b.topDown {
		return y
	}
	return b.height - 1 - y
}

// readBMP reads the headers and the palette.
func readBMP(data []byte) (*bmp, error) {
	order := binary.LittleEndian
	if len(data) < 26 {
		return nil, corrupt("the header is cut off")
	}
	at, size := int(order.Uint32(data[10:])), int(order.Uint32(data[14:]))
	if len(data) < 14+size {
		return nil, corrupt("the header has %d bytes, the file ends before them", size)
	}
	header := data[14 : 14+size]
	b := &bmp{entrySize: 4}
	colors := 0
	switch {
	case size == 12:
		b.width, b.height, b.bits = int(order.Uint16(header[4:])), int(order.Uint16(header[6:])), int(order.Uint16(header[10:]))
		b.entrySize = 3
	case slices.Contains([]int{40, 52, 56, 64, 108, 124}, size):
		b.width, b.height = int(int32(order.Uint32(header[4:]))), int(int32(order.Uint32(header[8:]))) //nolint:gosec // Signed numbers.
		b.bits, b.compression = int(order.Uint16(header[14:])), order.Uint32(header[16:])
		if b.height < 0 {
			b.height, b.topDown = -b.height, true
		}
		colors = int(order.Uint32(header[32:]))
	default:
		return nil, unsupported("its header has %d bytes: save it again as a Windows BMP, or as PNG", size)
	}
	rest := data[14+size:]
	if colors == 0 && b.bits <= 8 {
		colors = 1 << b.bits
	}
	switch {
	case !slices.Contains([]int{1, 4, 8, 16, 24, 32}, b.bits):
		return nil, unsupported("a pixel has %d bits: save it again with 8, 24 or 32 bits, or as PNG", b.bits)
	case b.compression > bmpBitFields,
		b.compression == bmpRLE8 && b.bits != 8, b.compression == bmpRLE4 && b.bits != 4, b.compression == bmpBitFields && b.bits <= 8:
		return nil, unsupported("its compression is %d with %d bits a pixel: save it again without compression, or as PNG", b.compression, b.bits)
	case b.bits <= 8:
		if colors > 1<<16 || len(rest) < colors*b.entrySize {
			return nil, corrupt("its palette claims %d colours", colors)
		}
		b.palette = rest[:colors*b.entrySize]
	case b.compression == bmpBitFields:
		fields := rest
		if size >= 52 {
			fields = header[40:]
		}
		if len(fields) < 12 {
			return nil, corrupt("the header is cut off")
		}
		b.masks = [3]uint32{order.Uint32(fields), order.Uint32(fields[4:]), order.Uint32(fields[8:])}
		for _, mask := range b.masks {
			if mask>>bits.TrailingZeros32(mask)&(mask>>bits.TrailingZeros32(mask)+1) != 0 {
				return nil, unsupported("a colour has the bits %#x, which are not side by side", mask)
			}
		}
	}
	if b.masks == [3]uint32{} {
		b.masks = [3]uint32{0xff0000, 0xff00, 0xff}
		if b.bits == 16 {
			b.masks = [3]uint32{0x7c00, 0x3e0, 0x1f}
		}
	}
	// A file may leave out where its pixels are.
	if at == 0 {
		at = 14 + size + len(b.palette)
	}
	// Some writers do not count the palette.
	if b.bits <= 8 && at == 14+size {
		at += 4 * colors
	}
	if at > len(data) || at < 0 || at > math.MaxInt32 {
		return nil, corrupt("its pixels begin at byte %d, the file has %d", at, len(data))
	}
	b.pixels = data[at:]
	return b, nil
}

// colors writes a row of pixels that are numbers of colours, of some bits each.
func (b *bmp) colors(to, from []byte, depth int) {
	for x := range len(to) / 3 {
		bit := x * depth
		index := int(from[bit/8]) >> (8 - depth - bit%8) & (1<<depth - 1)
		if at := index * b.entrySize; at+3 <= len(b.palette) {
			to[3*x], to[3*x+1], to[3*x+2] = b.palette[at+2], b.palette[at+1], b.palette[at]
		}
	}
}

// fields writes a row of pixels whose colours are some of their bits.
func (b *bmp) fields(to, from []byte) {
	size := b.bits / 8
	for x := range len(to) / 3 {
		var pixel uint32
		for i := range size {
			pixel |= uint32(from[x*size+i]) << (8 * i)
		}
		for c, mask := range b.masks {
			shift := bits.TrailingZeros32(mask)
			if highest := uint64(mask >> shift); highest > 0 {
				to[3*x+c] = byte(uint64(pixel&mask>>shift) * 255 / highest) //nolint:gosec // At most 255.
			}
		}
	}
}

// runs unpacks runs of equal pixels and pixels one by one, a byte a pixel, the
// lowest row first. What they leave out has the first colour.
func (b *bmp) runs(ctx context.Context) ([]byte, error) {
	out := make([]byte, b.width*b.height)
	x, y, data := 0, 0, b.pixels
	put := func(v byte) {
		if x < b.width && y < b.height {
			out[y*b.width+x] = v
		}
		x++
	}
	for n := 0; y < b.height; n++ {
		if n%(1<<14) == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(data) < 2 {
			return nil, corrupt("its runs are cut off")
		}
		count, v := int(data[0]), data[1]
		data = data[2:]
		switch {
		case count > 0 && b.bits == 8:
			for range count {
				put(v)
			}
		case count > 0:
			for i := range count {
				put(v >> (4 - 4*(i%2)) & 15)
			}
		case v == 0:
			x, y = 0, y+1
		case v == 1:
			return out, nil
		case v == 2:
			if len(data) < 2 {
				return nil, corrupt("its runs are cut off")
			}
			x, y, data = x+int(data[0]), y+int(data[1]), data[2:]
		default: // So many pixels, one by one, in whole words.
			n := int(v)
			size := (n*b.bits + 15) / 16 * 2
			if len(data) < (n*b.bits+7)/8 {
				return nil, corrupt("its runs are cut off")
			}
			for i := range n {
				put(data[i*b.bits/8] >> (8 - b.bits - i*b.bits%8) & (1<<b.bits - 1))
			}
			data = data[min(size, len(data)):]
		}
	}
	return out, nil
}
