// Package hostile makes small files that ask for much, for tests of what a server
// takes for them.
package hostile

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"sync"
)

// Picture is a file, and what it is.
type Picture struct {
	Name string
	Data []byte
}

// Pictures are the dearest files of each format, of about so many pixels, which
// width and height make. All of them can be decoded.
func Pictures(width, height int) []Picture {
	return []Picture{
		{"PNG of a bit", PNG(width, height, 1, 0, false)},
		{"PNG of a palette", PNG(width, height, 8, 3, false)},
		{"PNG of 16 bits with alpha", PNG(width, height, 16, 6, false)},
		{"PNG of 16 bits with alpha, interlaced", PNG(width, height, 16, 6, true)},
		{"PNG of 8 bits, interlaced", PNG(width, height, 8, 2, true)},
		{"JPEG in one colour and 8 scans", JPEG(width, height, 1, 8)},
		{"JPEG in three colours and 24 scans", JPEG(width, height, 3, 24)},
		{"JPEG in four inks and 12 scans", JPEG(width, height, 4, 12)},
		{"GIF", GIF(width, height, false)},
		{"GIF, interlaced", GIF(width, height, true)},
		{"BMP of runs", BMP(width, height)},
		{"WebP without loss", WebP(min(width, 16383), min(height, 16383))},
		{"WebP of many groups of codes", WebPOfGroups(min(width, 16383), min(height, 16383), 64)},
		{"JPEG 2000", JPEG2000(width, height, 3)},
		{"TIFF of a bit", TIFF{Width: width, Height: height, Bands: 1, Bits: 1, Format: 1}.Bytes()},
		{"TIFF of 16 bands of 16 bits", TIFF{Width: width, Height: height, Bands: 16, Bits: 16, Format: 1, Predictor: 2}.Bytes()},
		{"TIFF of 16 bits, turned", TIFF{Width: width, Height: height, Bands: 3, Bits: 16, Format: 1, Orientation: 6}.Bytes()},
		{"TIFF of floats", TIFF{Width: width, Height: height, Bands: 3, Bits: 32, Format: 3, Predictor: 3}.Bytes()},
		{"TIFF of doubles", TIFF{Width: width, Height: height, Bands: 3, Bits: 64, Format: 3}.Bytes()},
		{"TIFF of white fax rows", TIFF{Width: width, Height: height, Bands: 1, Bits: 1, Format: 1, Compression: 4, Strip: bytes.Repeat([]byte{0xff}, 8)}.Bytes()},
		{"TIFF of fax rows of single pixels", TIFF{Width: width, Height: height, Bands: 1, Bits: 1, Format: 1, Compression: 2, Rows: 16, Strip: Stripes(width, 16)}.Bytes()},
		{"TIFF of shared chroma", TIFF{Width: width, Height: height, Bands: 3, Bits: 8, Format: 1, Photometric: 6}.Bytes()},
		{"TIFF of L*a*b*", TIFF{Width: width, Height: height, Bands: 3, Bits: 8, Format: 1, Photometric: 8}.Bytes()},
		{"TIFF in one strip", TIFF{Width: width, Height: height, Bands: 4, Bits: 8, Format: 1, Rows: height}.Bytes()},
	}
}

// Stripes are rows of fax, each from a byte on, of single pixels of white and black.
func Stripes(width, rows int) []byte {
	var row bitWriter
	for x := range width {
		if x%2 == 0 {
			row.high(7, 6)
		} else {
			row.high(2, 3)
		}
	}
	return bytes.Repeat(row.bytes(0), rows)
}

// zeros are n zero bytes, deflated: a mebibyte of them again and again.
func zeros(n int) []byte {
	b := append([]byte{0x78, 0x01}, bytes.Repeat(mebibyte(), n>>20)...)
	b = append(b, deflated(n&(1<<20-1), (*flate.Writer).Close)...)
	return binary.BigEndian.AppendUint32(b, uint32(n%65521)<<16|1) // Adler-32
}

var mebibyte = sync.OnceValue(func() []byte { return deflated(1<<20, (*flate.Writer).Flush) })

func deflated(zeros int, end func(*flate.Writer) error) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed)
	_, _ = w.Write(make([]byte, zeros))
	_ = end(w)
	return b.Bytes()
}

// PNG makes a black PNG of a depth and colour type of the format.
func PNG(width, height, depth, color int, interlaced bool) []byte {
	perPixel := depth * map[int]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
	type pass struct{ x, y, dx, dy int }
	passes, interlace := []pass{{0, 0, 1, 1}}, byte(0)
	if interlaced {
		passes, interlace = []pass{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}, 1
	}
	size := 0
	for _, p := range passes {
		w, h := (width-p.x+p.dx-1)/p.dx, (height-p.y+p.dy-1)/p.dy
		if w > 0 && h > 0 {
			size += ((w*perPixel+7)/8 + 1) * h
		}
	}
	return PNGOf(width, height, depth, color, interlace, zeros(size))
}

// PNGOf makes a PNG whose pixels are a stream of zlib.
func PNGOf(width, height, depth, color int, interlace byte, pixels []byte) []byte {
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		from := len(out)
		out = append(append(out, kind...), data...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[from:]))
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	chunk("IHDR", append(header, byte(depth), byte(color), 0, 0, interlace))
	if color == 3 {
		chunk("PLTE", make([]byte, 3))
	}
	chunk("IDAT", pixels)
	chunk("IEND", nil)
	return out
}

// JPEG makes a progressive JPEG whose scans say in a few bytes that all of their
// blocks are empty. A decoder goes through the blocks all the same.
// Sides beyond those that libjpeg takes are cut.
func JPEG(width, height, components, scans int) []byte {
	width, height = min(width, 65500), min(height, 65500)
	out := []byte{0xff, 0xd8}
	segment := func(marker byte, data []byte) {
		out = append(binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(len(data)+2)), data...)
	}
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))
	frame := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16([]byte{8}, uint16(height)), uint16(width))
	frame = append(frame, byte(components))
	for i := range components {
		frame = append(frame, byte(i+1), 0x11, 0)
	}
	segment(0xc2, frame)
	// One code, of a bit, for runs of 2^14 empty blocks and more.
	segment(0xc4, append(append([]byte{0x10, 1}, make([]byte, 15)...), 0xe0))
	var codes bitWriter
	for left := (width + 7) / 8 * ((height + 7) / 8); left > 0; {
		run := max(1<<14, min(left, 1<<15-1))
		codes.high(0, 1)
		codes.high(run-1<<14, 14)
		left -= run
	}
	data := bytes.ReplaceAll(codes.bytes(1), []byte{0xff}, []byte{0xff, 0})
	for k := range scans {
		approximation := byte(0x10)
		if k < components {
			approximation = 1
		}
		segment(0xda, []byte{1, byte(k%components + 1), 0, 1, 63, approximation})
		out = append(out, data...)
	}
	return append(out, 0xff, 0xd9)
}

// bitWriter writes bits from the highest or the lowest of a byte on.
type bitWriter struct{ bits []bool }

func (b *bitWriter) high(value, n int) {
	for i := n - 1; i >= 0; i-- {
		b.bits = append(b.bits, value>>i&1 != 0)
	}
}

func (b *bitWriter) low(value, n int) {
	for i := range n {
		b.bits = append(b.bits, value>>i&1 != 0)
	}
}

// bytes packs the bits from the highest on, and fills up with the given one.
func (b *bitWriter) bytes(fill int) []byte {
	for len(b.bits)%8 != 0 {
		b.bits = append(b.bits, fill != 0)
	}
	out := make([]byte, len(b.bits)/8)
	for i, bit := range b.bits {
		if bit {
			out[i/8] |= 0x80 >> (i % 8)
		}
	}
	return out
}

// GIF makes a GIF of one frame. Its codes stand for longer and longer runs, and
// begin anew when the table is full.
func GIF(width, height int, interlaced bool) []byte {
	out := []byte("GIF89a")
	both := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, uint16(width)), uint16(height))
	out = append(append(out, both...), 0x80, 0, 0, 0, 0, 0, 255, 255, 255)
	out = append(append(out, 0x2c, 0, 0, 0, 0), both...)
	flags := byte(0)
	if interlaced {
		flags = 0x40
	}
	out = append(out, flags, 2)
	codes := gifCodes(width * height)
	for len(codes) > 0 {
		n := min(255, len(codes))
		out = append(append(out, byte(n)), codes[:n]...)
		codes = codes[n:]
	}
	return append(out, 0, 0x3b)
}

// gifCodes are LZW codes, of two bits of colour, for so many pixels of colour 0.
func gifCodes(pixels int) []byte {
	const reset, end = 4, 5
	var b bitWriter
	size, next, run := 3, 6, 0
	b.low(reset, size)
	for pixels > 0 {
		run = min(run+1, pixels)
		code := run + 4 // Of a run of two and more: 6, 7, 8...
		if run == 1 {
			code = 0
		}
		b.low(code, size)
		pixels -= run
		// The table grows behind each code but the first.
		if run > 1 || next > 6 {
			next++
		}
		if next == 1<<size && size < 12 {
			size++
		}
		if next >= 4095 {
			b.low(reset, size)
			size, next, run = 3, 6, 0
		}
	}
	b.low(end, size)
	packed := b.bytes(0)
	for i, v := range packed { // GIF packs from the lowest bit on.
		packed[i] = reversed(v)
	}
	return packed
}

// BMP makes a BMP of runs that end at once.
func BMP(width, height int) []byte {
	out := make([]byte, 54+1024, 54+1024+2)
	copy(out, "BM")
	for at, v := range map[int]int{10: len(out), 14: 40, 18: width, 22: height, 26: 1 | 8<<16, 30: 1} {
		binary.LittleEndian.PutUint32(out[at:], uint32(v))
	}
	return append(out, 0, 1)
}

// WebP makes a WebP without loss in which no pixel takes a bit.
func WebP(width, height int) []byte {
	var b bitWriter
	b.low(0x2f, 8)
	b.low(width-1, 14)
	b.low(height-1, 14)
	b.low(0, 1+3+1+1+1) // no alpha, version 0, no transform, no cache, one group of codes
	for range 5 {
		b.low(1, 4) // a code of one symbol, 0
	}
	return webp(&b)
}

// webp puts a picture without loss into a file.
func webp(b *bitWriter) []byte {
	b.low(0, 64)
	data := b.bytes(0)
	for i, v := range data { // from the lowest bit on
		data[i] = reversed(v)
	}
	if len(data)%2 != 0 {
		data = append(data, 0)
	}
	out := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(data)+12))...)
	out = append(out, "WEBPVP8L"...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(data))), data...)
}

// JPEG2000 makes a codestream of one tile, whose packets are empty.
func JPEG2000(width, height, components int) []byte {
	return Codestream{Width: width, Height: height, Components: components, Layers: 1, Block: 64}.Bytes()
}

// Codestream is a JPEG 2000 whose packets are all empty. Of each tile only the first
// few are there, and a decoder takes it that the others are empty, too.
type Codestream struct {
	Width, Height, Components int
	Layers, Levels            int
	Block                     int // side of a code block, a power of 2 from 4 on
	Precinct                  int // exponent of the side of a precinct, default none
	Tile                      int // side of a tile, default the picture
}

// Bytes makes the file.
// Format: ISO/IEC 15444-1, annex A.
func (c Codestream) Bytes() []byte {
	out := []byte{0xff, 0x4f}
	segment := func(marker byte, data []byte) {
		out = append(binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(len(data)+2)), data...)
	}
	tileWidth, tileHeight := c.Width, c.Height
	if c.Tile > 0 {
		tileWidth, tileHeight = c.Tile, c.Tile
	}
	size := []byte{0, 0}
	for _, v := range []int{c.Width, c.Height, 0, 0, tileWidth, tileHeight, 0, 0} {
		size = binary.BigEndian.AppendUint32(size, uint32(v))
	}
	size = binary.BigEndian.AppendUint16(size, uint16(c.Components))
	for range c.Components {
		size = append(size, 7, 1, 1)
	}
	segment(0x51, size)
	block := byte(bits.Len(uint(c.Block)) - 3)
	style := []byte{0, 0, byte(c.Layers >> 8), byte(c.Layers), 0, byte(c.Levels), block, block, 0, 1}
	if c.Precinct > 0 {
		style[0] = 1
		style = append(append(style, 0), bytes.Repeat([]byte{byte(c.Precinct * 0x11)}, c.Levels)...)
	}
	segment(0x52, style)
	segment(0x5c, append([]byte{0x40}, bytes.Repeat([]byte{0x40}, 3*c.Levels+1)...))
	tiles := (c.Width + tileWidth - 1) / tileWidth * ((c.Height + tileHeight - 1) / tileHeight)
	for n := range tiles {
		out = append(out, 0xff, 0x90, 0, 10, byte(n>>8), byte(n), 0, 0, 0, byte(14+c.Components), 0, 1, 0xff, 0x93)
		out = append(out, make([]byte, c.Components)...)
	}
	return append(out, 0xff, 0xd9)
}

// TIFF is a TIFF whose strips are all one and the same bytes of the file.
type TIFF struct {
	Width, Height, Bands, Bits int
	Format                     int // of samples: 1 unsigned, 3 float
	Predictor, Orientation     int // default none
	Photometric                int // default 1, grey
	Rows                       int // of a strip, default 64
	// Strip is what each has in the file, by the number of a compression, default
	// zeros by deflate. Tables are those of JPEG.
	Strip, Tables []byte
	Compression   int
}

// Bytes makes the file.
func (t TIFF) Bytes() []byte {
	rows := min(max(t.Rows, 64), t.Height)
	if t.Rows > 0 {
		rows = t.Rows
	}
	strip, compression := t.Strip, t.Compression
	if strip == nil {
		strip, compression = zeros((t.Width*t.Bands*t.Bits+7)/8*rows), 8
	}
	order := binary.LittleEndian
	out := append([]byte("II*\x00\x00\x00\x00\x00"), strip...)
	out = append(out, make([]byte, len(out)%2)...)
	n := (t.Height + rows - 1) / rows
	array := func(values int, size int, value uint32) uint32 {
		at := uint32(len(out))
		for range values {
			if size == 2 {
				out = order.AppendUint16(out, uint16(value))
			} else {
				out = order.AppendUint32(out, value)
			}
		}
		return at
	}
	type entry struct{ tag, kind, count, value uint32 }
	entries := []entry{
		{256, 4, 1, uint32(t.Width)},
		{257, 4, 1, uint32(t.Height)},
		{258, 3, uint32(t.Bands), uint32(t.Bits)},
		{259, 3, 1, uint32(compression)},
		{262, 3, 1, uint32(max(1, t.Photometric))},
		{273, 4, uint32(n), 8},
		{274, 3, 1, uint32(max(1, t.Orientation))},
		{277, 3, 1, uint32(t.Bands)},
		{278, 4, 1, uint32(rows)},
		{279, 4, uint32(n), uint32(len(strip))},
		{317, 3, 1, uint32(max(1, t.Predictor))},
		{339, 3, uint32(t.Bands), uint32(t.Format)},
	}
	if t.Tables != nil {
		entries = append(entries, entry{347, 7, uint32(len(t.Tables)), uint32(len(out))})
		out = append(append(out, t.Tables...), make([]byte, len(t.Tables)%2)...)
	}
	for i, e := range entries {
		switch {
		case e.kind == 3 && e.count > 1: // The value of one or two fits into the entry.
			entries[i].value = array(max(3, int(e.count)), 2, e.value)
			if e.count == 2 {
				entries[i].value = e.value | e.value<<16
			}
		case e.kind == 4 && e.count > 1:
			entries[i].value = array(int(e.count), 4, e.value)
		}
	}
	order.PutUint32(out[4:], uint32(len(out)))
	out = order.AppendUint16(out, uint16(len(entries)))
	for _, e := range entries {
		out = order.AppendUint16(order.AppendUint16(out, uint16(e.tag)), uint16(e.kind))
		out = order.AppendUint32(order.AppendUint32(out, e.count), e.value)
	}
	return append(out, 0, 0, 0, 0)
}
