package picture

import (
	"bytes"
	"cmp"
	"context"
	"fmt"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// Deep says how samples of more than 8 bits, signed ones and floats are shown.
type Deep int

const (
	// DeepPillow gives Pillow's pixels of the layouts that Pillow opens: it clips one
	// band at 255, and takes the high byte of RGB. All others are stretched.
	DeepPillow Deep = iota
	// DeepStretch stretches all deep samples: sensors use a small part of the range
	// of their type, which Pillow shows nearly white or nearly black.
	DeepStretch
)

// inspectTIFF knows the cost of a TIFF: of each pixel the samples of the bands that
// are shown, of a mask or alpha, whether it holds something, and ours; and a strip
// or tile, packed and unpacked.
func inspectTIFF(data []byte, o Options) (Cost, error) {
	f, err := geotiff.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Cost{}, err
	}
	i := f.Main
	c := Cost{Width: i.Width, Height: i.Height}
	// What pieces unpack to is asked about only if the picture may be decoded.
	if err := c.checkSize(cmp.Or(o.MaxPixels, DefaultMaxPixels)); err != nil {
		return Cost{}, err
	}
	c.Bytes, c.Work = (3+1)*c.pixels(), 10*c.pixels()
	bands := len(wantedBands(i, o.Bands))
	if i.Photometric == geotiff.CMYK {
		c.Bytes += 3 * c.pixels()
	}
	if i.Alpha == geotiff.AssociatedAlpha {
		bands++
	}
	c.Work += colorWork[i.Photometric] * c.pixels()
	if err := c.addBands(i, bands, len(data), o); err != nil {
		return Cost{}, err
	}
	switch mask := f.Masks[i.Width]; {
	case mask != nil && mask.Height == i.Height:
		err = c.addBands(mask, 1, len(data), o)
	case i.Alpha != geotiff.NoAlpha:
		err = c.addBands(i, 1, len(data), o)
	}
	return c.turned(i.Orientation), err
}

// colorWork is about the nanoseconds that turning a pixel into red, green and blue takes.
var colorWork = map[geotiff.Photometric]int64{geotiff.YCbCr: 10, geotiff.CIELab: 30, geotiff.ICCLab: 30}

// addBands adds the cost of reading bands of a picture of a file, and of showing them.
func (c *Cost) addBands(i *geotiff.Image, bands, file int, o Options) error {
	if err := checkChunks(i, o); err != nil {
		return err
	}
	packed, err := i.PackedBytes()
	if err != nil {
		return err
	}
	c.Bytes += c.pixels()*int64(bands*i.Type.SampleBytes()) + int64(bands*i.ChunkBytes()+file+i.CodecBytes()) + 8<<20
	// Bytes that several pieces claim were chosen to be dear, such as codes of nothing.
	again := max(0, int64(packed)-int64(file)) //nolint:gosec // Bounded.
	dear := int64(geotiff.DearPackedWork)
	if i.BringsTables() {
		dear = dearByte
		c.Work += hollow(int64(packed), int64(i.UnpackedBytes(i.Bands))) //nolint:gosec // Bounded.
	}
	c.Work += i.PackedWork()*int64(packed) + (dear-i.PackedWork())*again                                   //nolint:gosec // Bounded.
	c.Work += 5*int64(i.UnpackedBytes(bands)) + 20_000*int64(i.Pieces(bands)) + 10*c.pixels()*int64(bands) //nolint:gosec // Bounded.
	if deep(i) {
		c.Work += 20 * c.pixels() * int64(bands)
	}
	return nil
}

// decodeTIFF decodes the first picture of a TIFF, BigTIFF or GeoTIFF. Up to 8
// unsigned bits and palettes are shown as Pillow does. Deeper samples are shown as
// Options.Deep says. Samples that hold no data take no part in the percentiles of
// a stretch, and are black.
func decodeTIFF(ctx context.Context, data []byte, o Options) (*Image, error) {
	f, err := geotiff.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	out, err := showTIFF(ctx, f, f.Main, o, nil, f.Main.Window())
	if err != nil {
		return nil, err
	}
	// Unlike for other formats, Pillow turns a TIFF upright by itself.
	return orient(ctx, out, f.Main.Orientation)
}

// maxUnpacked bounds the bytes that a TIFF's pieces unpack to, for each pixel
// of the limit: enough for four bands of 16 bits in a picture as large as it may be.
const maxUnpacked = 8

// checkChunks refuses pieces that are dear to unpack, whatever they hold.
func checkChunks(i *geotiff.Image, o Options) error {
	o.MaxPixels = cmp.Or(o.MaxPixels, DefaultMaxPixels)
	if n := i.ChunkBytes(); n > maxUnpacked*o.MaxPixels {
		return fmt.Errorf("%w: a strip or tile unpacks to %d bytes, more than %d for each of %d pixels", ErrTooLarge, n, maxUnpacked, o.MaxPixels)
	}
	// Many pieces may be one and the same of a small file.
	if n := i.UnpackedBytes(4); n > uint64(maxUnpacked)*uint64(o.MaxPixels) { //nolint:gosec // A limit is not negative.
		return fmt.Errorf("%w: its strips or tiles unpack to %d bytes, more than %d for each of %d pixels", ErrTooLarge, n, maxUnpacked, o.MaxPixels)
	}
	return nil
}

// shower shows one picture of a TIFF.
type shower struct {
	*geotiff.Image
	options Options
	mask    geotiff.Band // nil for none
	ranges  []Range      // by which deep bands are stretched; nil for those of their own percentiles
	out     *Image
	held    []bool // pixels that hold something in one of the bands
}

// showTIFF shows windows of one picture of a file, one below another.
// Deep bands are stretched by the given ranges, or if there are none by their own
// percentiles.
func showTIFF(ctx context.Context, f *geotiff.File, i *geotiff.Image, o Options, ranges []Range, windows ...geotiff.Window) (*Image, error) {
	wanted := wantedBands(i, o.Bands)
	read := wanted
	if i.Alpha == geotiff.AssociatedAlpha && i.Type.Bits <= 16 {
		read = append(read[:len(read):len(read)], i.Colors)
	}
	bands, err := i.Read(ctx, read, windows...)
	if err != nil {
		return nil, err
	}
	width, height := windows[0].Width, 0
	for _, w := range windows {
		height += w.Height
	}
	s := &shower{Image: i, options: o, ranges: ranges, out: newImage(width, height)}
	if s.mask, err = f.Mask(ctx, i, windows...); err != nil {
		return nil, err
	}
	s.held = make([]bool, width*height)
	if err := s.showAll(ctx, wanted, func(n int) geotiff.Band { return bands[n] }); err != nil {
		return nil, err
	}
	if s.Photometric == geotiff.CMYK && len(wanted) == 4 {
		if err := s.mixInk(ctx, bands[3]); err != nil {
			return nil, err
		}
	} else if len(read) > len(wanted) {
		s.divideAlpha(bands[len(wanted)])
	}
	if err := s.fromOtherColors(ctx, len(wanted)); err != nil {
		return nil, err
	}
	return s.finish(), nil
}

// mixInk mixes the colours that are shown, which are inks, with that of a band of black.
func (s *shower) mixInk(ctx context.Context, band geotiff.Band) error {
	colors := s.out
	s.out = newImage(colors.Width, colors.Height)
	defer func() { s.out.Release(); s.out = colors }()
	if err := s.show(ctx, band, 0); err != nil {
		return err
	}
	ink(colors.Pix, s.out.Pix)
	return nil
}

// fromOtherColors turns colours that are not red, green and blue into them.
func (s *shower) fromOtherColors(ctx context.Context, bands int) error {
	if bands != 3 {
		return nil
	}
	switch s.Photometric {
	case geotiff.YCbCr:
		if err := s.ToRGB(s.out.Pix); err != nil {
			return err
		}
	case geotiff.CIELab, geotiff.ICCLab:
		if err := fromLab(ctx, s.out.Pix, s.Photometric == geotiff.CIELab); err != nil {
			return err
		}
	default:
		return nil
	}
	if chosen := s.options.Bands; chosen != [3]int{} && max(chosen[0], chosen[1], chosen[2]) <= 3 {
		for p := s.out.Pix; len(p) >= 3; p = p[3:] {
			p[0], p[1], p[2] = p[chosen[0]-1], p[chosen[1]-1], p[chosen[2]-1]
		}
	}
	return nil
}

// showAll shows the wanted bands as red, green and blue, or the only one as all.
func (s *shower) showAll(ctx context.Context, wanted []int, band func(n int) geotiff.Band) error {
	for channel := range 3 {
		n := min(channel, len(wanted)-1)
		if channel > n && s.Photometric != geotiff.Palette {
			copyChannel(s.out.Pix, channel)
			s.out.Stretched = append(s.out.Stretched, s.out.Stretched[max(0, len(s.out.Stretched)-1):]...)
			continue
		}
		if err := s.show(ctx, band(n), channel); err != nil {
			return err
		}
	}
	return nil
}

// finish returns the picture, with the share of its pixels that hold nothing.
func (s *shower) finish() *Image {
	empty := 0
	for _, held := range s.held {
		if !held {
			empty++
		}
	}
	s.out.Nodata = float64(empty) / float64(len(s.held))
	return s.out
}

// wantedBands returns the bands, from 0, to show: three, or one for all colours,
// or the four of CMYK. A picture that lacks one of the chosen is shown as if none
// were chosen.
func wantedBands(i *geotiff.Image, chosen [3]int) []int {
	switch i.Photometric {
	case geotiff.YCbCr, geotiff.CIELab, geotiff.ICCLab: // Red, green and blue come of all three.
		return []int{0, 1, 2}
	case geotiff.Palette:
		return []int{0}
	}
	if chosen != [3]int{} && max(chosen[0], chosen[1], chosen[2]) <= i.Bands {
		return []int{chosen[0] - 1, chosen[1] - 1, chosen[2] - 1}
	}
	switch {
	case i.Photometric == geotiff.CMYK:
		return []int{0, 1, 2, 3}
	case i.Bands < 3:
		return []int{0}
	}
	return []int{0, 1, 2}
}

// deep tells samples that 8 bits do not hold.
func deep(i *geotiff.Image) bool {
	return i.Photometric != geotiff.Palette && (i.Type.Bits > 8 || i.Type.String()[0] != 'u')
}

// stretches tells whether samples are stretched: the one rule for all formats. Deep
// ones are, but for layouts that Pillow opens, unless that is asked for.
func (o Options) stretches(i *geotiff.Image) bool {
	return deep(i) && (o.Deep == DeepStretch || o.Stretch != nil || !pillowOpens(i))
}

// pillowOpens tells the deep layouts that Pillow 12 has a mode for.
func pillowOpens(i *geotiff.Image) bool {
	if i.Compression == 0 { // JPEG 2000
		return i.Bands <= 4
	}
	grey := i.Bands == 1 && (i.Photometric == geotiff.BlackIsZero || i.Photometric == geotiff.WhiteIsZero)
	switch i.Type.String() {
	case "uint12", "int8", "int16", "int32", "uint32", "float32":
		return grey
	case "uint16":
		return grey || i.Photometric == geotiff.RGB && i.Bands <= 4 || i.Photometric == geotiff.CMYK && i.Bands == 4
	}
	return false
}

// show writes a band into one channel of the picture.
func (s *shower) show(ctx context.Context, band geotiff.Band, channel int) error {
	switch b := band.(type) {
	case *geotiff.Samples[uint8]:
		return showSamples(ctx, s, b.Values, channel)
	case *geotiff.Samples[uint16]:
		return showSamples(ctx, s, b.Values, channel)
	case *geotiff.Samples[int16]:
		return showSamples(ctx, s, b.Values, channel)
	case *geotiff.Samples[uint32]:
		return showSamples(ctx, s, b.Values, channel)
	case *geotiff.Samples[int32]:
		return showSamples(ctx, s, b.Values, channel)
	case *geotiff.Samples[float32]:
		return showSamples(ctx, s, b.Values, channel)
	case *geotiff.Samples[float64]:
		return showSamples(ctx, s, b.Values, channel)
	}
	return fmt.Errorf("%w: a band of %T", ErrUnsupported, band)
}

func showSamples[T geotiff.Number](ctx context.Context, s *shower, values []T, channel int) error {
	holdsData, masked := geotiff.HoldsData[T](s.Nodata), maskOf(s.mask)
	holds := func(i int) bool { return holdsData(values[i]) && masked(i) }
	err := interrupt.Parts(ctx, len(values), func(from, to int) {
		for i := from; i < to; i++ {
			s.held[i] = s.held[i] || holds(i)
		}
	})
	if err != nil {
		return err
	}
	out := s.out.Pix[channel:]
	if s.options.stretches(s.Image) {
		r, err := s.rangeOf(channel, func(stretch Stretch) (Range, error) { return percentiles(ctx, values, holds, stretch) })
		if err != nil {
			return err
		}
		s.out.Stretched = append(s.out.Stretched, r)
		return r.over(ctx, len(values), func(i int) float64 { return float64(values[i]) }, holds, out)
	}
	value := plain[T](s.Image, channel)
	return interrupt.Parts(ctx, len(values), func(from, to int) {
		for i := from; i < to; i++ {
			out[3*i] = value(values[i])
		}
	})
}

// rangeOf returns the values of a channel that become 0 and 255: those that were
// given, or two percentiles, the higher one first if white is 0.
func (s *shower) rangeOf(channel int, percentiles func(Stretch) (Range, error)) (Range, error) {
	if s.ranges != nil {
		return s.ranges[channel], nil
	}
	stretch := DefaultStretch
	if s.options.Stretch != nil {
		stretch = *s.options.Stretch
	}
	r, err := percentiles(stretch)
	if s.Photometric == geotiff.WhiteIsZero {
		r.From, r.To = r.To, r.From
	}
	return r, err
}

// maskOf returns which pixels a file's mask or alpha lets through.
func maskOf(mask geotiff.Band) func(int) bool {
	switch m := mask.(type) {
	case *geotiff.Samples[uint8]:
		return func(i int) bool { return m.Values[i] != 0 }
	case *geotiff.Samples[uint16]:
		return func(i int) bool { return m.Values[i] != 0 }
	case *geotiff.Samples[float32]:
		return func(i int) bool { return m.Values[i] != 0 }
	}
	return func(int) bool { return true }
}

// plain returns how Pillow shows a sample of a channel.
func plain[T geotiff.Number](i *geotiff.Image, channel int) func(T) byte {
	bits := i.Type.Bits
	switch {
	case i.Compression == 0:
		return plainJPEG2000[T](i)
	case i.Photometric == geotiff.Palette:
		colors := i.Palette[channel<<bits:]
		return func(v T) byte { return byte(colors[int(v)] >> 8) }
	case i.Type.String() == "uint32":
		return func(v T) byte { return byte(min(max(int32(uint32(v)), 0), 255)) } //nolint:gosec // Pillow takes it for signed.
	case i.Type.String() == "int8":
		return func(v T) byte { return byte(int(v)) } //nolint:gosec // Pillow takes it for unsigned.
	case bits <= 8 && i.Photometric == geotiff.WhiteIsZero:
		highest := float32(uint32(1)<<bits - 1)
		return func(v T) byte { return byte(255 - float32(v)*255/highest) }
	case bits <= 8:
		highest := float32(uint32(1)<<bits - 1)
		return func(v T) byte { return byte(float32(v) * 255 / highest) }
	case i.Bands > 2:
		return func(v T) byte { return byte(uint16(v) >> (bits - 8)) } //nolint:gosec // The high byte.
	}
	return func(v T) byte { return byte(min(max(v, 0), 255)) }
}

// copyChannel makes a channel what the one before it is.
func copyChannel(pix []byte, channel int) {
	for i := channel; i < len(pix); i += 3 {
		pix[i] = pix[i-1]
	}
}

// ink turns cyan, magenta and yellow into red, green and blue with Pillow's
// integers; every third byte of black is black.
func ink(pix, black []byte) {
	for i := 0; i < len(pix); i += 3 {
		light := 255 - int(black[i])
		for c := range 3 {
			t := int(pix[i+c])*light + 128
			pix[i+c] = byte(max(0, light-(t>>8+t)>>8)) //nolint:gosec // At most 255.
		}
	}
}

// divideAlpha undoes that colours were multiplied by an alpha of up to 16 bits,
// with Pillow's integers, unless they were stretched.
func (s *shower) divideAlpha(band geotiff.Band) {
	if len(s.out.Stretched) > 0 || !pillowAlpha(s.Image) {
		return
	}
	alpha := func(int) byte { return 255 }
	switch b := band.(type) {
	case *geotiff.Samples[uint8]:
		alpha = func(i int) byte { return b.Values[i] }
	case *geotiff.Samples[uint16]:
		alpha = func(i int) byte { return byte(b.Values[i] >> 8) }
	}
	for i := range len(s.out.Pix) / 3 {
		a := int(alpha(i))
		for c := range 3 {
			if a == 0 {
				s.out.Pix[3*i+c] = 0
			} else {
				s.out.Pix[3*i+c] = byte(min(255, 255*int(s.out.Pix[3*i+c])/a)) //nolint:gosec // Bounded.
			}
		}
	}
}

// pillowAlpha tells the layouts whose alpha Pillow divides out.
func pillowAlpha(i *geotiff.Image) bool {
	return i.Photometric == geotiff.RGB && (i.Type.String() == "uint8" || i.Type.String() == "uint16" && i.Bands == 4)
}
