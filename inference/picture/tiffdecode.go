package picture

import (
	"fmt"
	"math"
	"slices"
)

// maxUnpacked bounds the bytes that a TIFF's pieces unpack to, for each pixel
// of the limit: enough for 16 bands of 16 bits in a picture as large as it may be.
const maxUnpacked = 8

// decodeTIFF decodes the first picture of a TIFF, BigTIFF or GeoTIFF: strips
// or tiles; uncompressed, LZW, deflate or PackBits; 1 to 16 bits, or 32-bit
// floats; any number of bands. What Pillow opens gets Pillow's pixels. What it
// refuses, bands without a colour interpretation, is shown by the first three,
// deeper than 8 bits stretched as [DefaultStretch] says. A TIFF may have a
// quarter of the pixels of the limit, since its samples are wider.
func decodeTIFF(data []byte, o Options) (*Image, error) {
	r, err := readTIFF(data)
	if err != nil {
		return nil, err
	}
	tighter := Options{MaxPixels: max(1, o.MaxPixels/4)}
	if err := tighter.check(r.width, r.height); err != nil {
		return nil, err
	}
	// A piece may be larger than the picture, and is unpacked with all bands.
	if err := o.check(r.chunkW, r.chunkH*r.chunkDepth()); err != nil {
		return nil, err
	}
	wanted, err := r.wantedBands(o.Bands)
	if err != nil {
		return nil, err
	}
	// Many pieces may be one and the same of a small file.
	if n := r.unpacked(len(wanted)); n > maxUnpacked*o.MaxPixels {
		return nil, fmt.Errorf("%w: its strips or tiles unpack to %d bytes, more than %d for each of %d pixels", ErrTooLarge, n, maxUnpacked, o.MaxPixels)
	}
	bands, err := r.bands(wanted)
	if err != nil {
		return nil, err
	}
	out := newImage(r.width, r.height)
	for channel := range 3 {
		i := min(channel, len(bands)-1)
		r.show(out.Pix[channel:], bands[i], channel, r.stretch(o))
	}
	// Unlike for other formats, Pillow turns a TIFF upright by itself.
	return orient(out, r.orientation), nil
}

// wantedBands returns the bands, from 0, to show: three, or one for all colours.
func (r *raster) wantedBands(chosen [3]int) ([]int, error) {
	if chosen == [3]int{} {
		if r.samples < 3 {
			return []int{0}, nil
		}
		return []int{0, 1, 2}, nil
	}
	var out []int
	for _, b := range chosen {
		if b < 1 || b > r.samples {
			return nil, unsupported("band %d was chosen, it has %d", b, r.samples)
		}
		out = append(out, b-1)
	}
	return out, nil
}

// stretch returns the stretch to show bands with, or nil for Pillow's way.
func (r *raster) stretch(o Options) *Stretch {
	switch {
	case o.Stretch != nil:
		return o.Stretch
	case r.bits > 8 && r.samples > 2 && (r.photometric != photometricRGB || r.format == formatFloat):
		return &DefaultStretch
	}
	return nil
}

// show turns the samples of a band into every third byte of out.
func (r *raster) show(out []byte, band []float32, channel int, stretch *Stretch) {
	value := r.plain(channel)
	if stretch != nil && r.photometric != photometricPalette {
		value = stretch.over(band)
	}
	for i, v := range band {
		out[3*i] = value(v)
	}
}

// plain returns how Pillow shows a sample of a channel.
func (r *raster) plain(channel int) func(float32) byte {
	highest := float32(uint32(1)<<min(r.bits, 16) - 1)
	switch {
	case r.photometric == photometricPalette:
		colors := r.palette[channel<<r.bits:]
		return func(v float32) byte { return byte(colors[int(v)] >> 8) }
	case r.bits <= 8 && r.photometric == whiteIsZero:
		return func(v float32) byte { return byte(255 - v*255/highest) }
	case r.bits <= 8:
		return func(v float32) byte { return byte(v * 255 / highest) }
	case r.format == formatUnsigned && r.samples > 2:
		return func(v float32) byte { return byte(uint16(v) >> 8) }
	}
	return func(v float32) byte { return byte(min(max(v, 0), 255)) }
}

// Stretch maps the band's values between two of its percentiles to 0 to 255,
// linearly, and what is beyond them to the ends.
type Stretch struct{ Low, High float64 }

// DefaultStretch is for deep bands that nothing says how to show.
var DefaultStretch = Stretch{Low: 2, High: 98}

// over returns the mapping for one band. Samples that are not numbers, as
// where there is no data, take no part and are black.
func (s Stretch) over(band []float32) func(float32) byte {
	sorted := make([]float32, 0, len(band))
	for _, v := range band {
		if v == v { //nolint:gocritic // NaN is not itself.
			sorted = append(sorted, v)
		}
	}
	slices.Sort(sorted)
	low, high := percentile(sorted, s.Low), percentile(sorted, s.High)
	return func(v float32) byte {
		x := (float64(v) - low) / (high - low)
		if !(x > 0) { // Also where all values are equal, and for NaN.
			return 0
		}
		return byte(min(x, 1)*255 + 0.5)
	}
}

// percentile interpolates linearly between sorted values, as NumPy does.
func percentile(sorted []float32, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := p / 100 * float64(len(sorted)-1)
	below := int(math.Floor(at))
	above := min(below+1, len(sorted)-1)
	a, b := float64(sorted[below]), float64(sorted[above])
	return a + (b-a)*(at-float64(below))
}
