package picture_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
)

// deepPNG makes a PNG of 16 bits of a row of pixels: one sample each for grey, or four.
func deepPNG(t *testing.T, samples ...uint16) []byte {
	t.Helper()
	var picture image.Image
	if len(samples)%4 != 0 {
		grey := image.NewGray16(image.Rect(0, 0, len(samples), 1))
		for x, v := range samples {
			grey.SetGray16(x, 0, color.Gray16{v})
		}
		picture = grey
	} else {
		colors := image.NewNRGBA64(image.Rect(0, 0, len(samples)/4, 1))
		for x := range len(samples) / 4 {
			s := samples[4*x:]
			colors.SetNRGBA64(x, 0, color.NRGBA64{s[0], s[1], s[2], s[3]})
		}
		picture = colors
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDeepPNGs are shown as TIFFs of the same samples: stretched, or as Pillow does.
func TestDeepPNGs(t *testing.T) {
	t.Parallel()
	all := &picture.Stretch{Low: 0, High: 100}
	grey := []uint16{100, 200, 300}
	full := []uint16{300, 20, 60_000, 0xffff, 500, 10, 50_000, 0xffff, 400, 15, 55_000, 0xffff}
	holes := slices.Concat(full, []uint16{9999, 9999, 1, 0})
	for _, tt := range []struct {
		name    string
		data    []byte
		options picture.Options
		want    []byte
		nodata  float64
	}{
		{"grey, stretched", deepPNG(t, grey...), picture.Options{Stretch: all}, []byte{0, 0, 0, 128, 128, 128, 255, 255, 255}, 0},
		{"grey, as TIFF", smallTIFF(3, 1, 16, 1, deepSamples(grey...)), picture.Options{Stretch: all}, []byte{0, 0, 0, 128, 128, 128, 255, 255, 255}, 0},
		{"grey, clipped", deepPNG(t, grey...), picture.Options{}, []byte{100, 100, 100, 200, 200, 200, 255, 255, 255}, 0},
		{"colours, stretched", deepPNG(t, full...), picture.Options{Deep: picture.DeepStretch, Stretch: all}, []byte{0, 255, 255, 255, 0, 0, 128, 128, 128}, 0},
		{"colours, high bytes", deepPNG(t, full...), picture.Options{Deep: picture.DeepPillow}, []byte{1, 0, 234, 1, 0, 195, 1, 0, 214}, 0},
		{"a pixel that alpha leaves out", deepPNG(t, holes...), picture.Options{Deep: picture.DeepStretch, Stretch: all}, []byte{0, 255, 255, 255, 0, 0, 128, 128, 128, 0, 0, 0}, 0.25},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := picture.Decode(t.Context(), tt.data, tt.options)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Pix, tt.want) || got.Nodata != tt.nodata {
				t.Errorf("pixels %v, of which %v hold nothing, want %v and %v", got.Pix, got.Nodata, tt.want, tt.nodata)
			}
		})
	}
}

// TestOrdinaryPNGs are never stretched.
func TestOrdinaryPNGs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rgb.png", "grey.png", "grey-alpha.png", "palette-transparent.png", "bilevel.png"} {
		want, err := picture.Decode(t.Context(), read(t, name), picture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := picture.Decode(t.Context(), read(t, name), picture.Options{Deep: picture.DeepStretch, Stretch: &picture.Stretch{Low: 2, High: 98}})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Pix, want.Pix) || got.Stretched != nil {
			t.Errorf("%s is stretched by %v", name, got.Stretched)
		}
	}
}

// TestLab has colours of which LittleCMS says the L*a*b*, in whole numbers.
func TestLab(t *testing.T) {
	t.Parallel()
	const cieLab, iccLab = 8, 9
	for _, tt := range []struct{ lab, want [3]byte }{
		{[3]byte{255, 0, 0}, [3]byte{255, 255, 255}},
		{[3]byte{0, 0, 0}, [3]byte{0, 0, 0}},
		{[3]byte{137, 0, 0}, [3]byte{128, 128, 128}},
		{[3]byte{153, 256 - 7, 256 - 31}, [3]byte{100, 150, 200}},
		{[3]byte{149, 28, 55}, [3]byte{200, 120, 40}},
		{[3]byte{86, 256 - 26, 11}, [3]byte{30, 90, 60}},
		{[3]byte{222, 256 - 5, 20}, [3]byte{220, 220, 180}},
	} {
		for photometric, offset := range map[uint32]byte{cieLab: 0, iccLab: 128} {
			lab := []byte{tt.lab[0], tt.lab[1] + offset, tt.lab[2] + offset}
			got, err := picture.Decode(t.Context(), smallTIFF(1, 3, 8, photometric, lab), picture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for c := range 3 {
				if d := int(got.Pix[c]) - int(tt.want[c]); d > 3 || d < -3 {
					t.Errorf("photometric %d, %v: %v, want %v", photometric, lab, got.Pix, tt.want)
				}
			}
		}
	}
}
