package picture_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
)

// TestFewerPixels decodes JPEGs to as few pixels as are enough. What it gives is close
// to the means of the file's own pixels.
func TestFewerPixels(t *testing.T) {
	t.Parallel()
	sides := func(i *picture.Image) [2]int { return [2]int{i.Width, i.Height} }
	for _, name := range []string{"delta-420.jpg", "progressive-420.jpg", "restart-420.jpg", "river-mouth-422.jpg", "river-mouth-444.jpg", "grey.jpg", "cmyk.jpg"} {
		file := read(t, name)
		whole, err := picture.Decode(t.Context(), file, picture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		half := func(side, by int) int { return (side + by - 1) / by }
		for by, within := range map[int]float64{2: 6, 4: 6, 8: 6} {
			least := [2]int{half(whole.Width, by), half(whole.Height, by)}
			for what, tt := range map[string]struct{ enough, want [2]int }{
				"as many":            {least, least},
				"one column more":    {[2]int{least[0] + 1, least[1]}, [2]int{half(whole.Width, by/2), half(whole.Height, by/2)}},
				"one row more":       {[2]int{least[0], least[1] + 1}, [2]int{half(whole.Width, by/2), half(whole.Height, by/2)}},
				"more than the file": {[2]int{whole.Width + 1, 1}, sides(whole)},
			} {
				t.Run(fmt.Sprintf("%s, a part in %d, %s", name, by, what), func(t *testing.T) {
					t.Parallel()
					o := picture.Options{Enough: tt.enough}
					got, err := picture.Decode(t.Context(), file, o)
					if err != nil {
						t.Fatal(err)
					}
					if sides(got) != tt.want {
						t.Fatalf("%v pixels, want %v of %v", sides(got), tt.want, sides(whole))
					}
					if cost, err := picture.Inspect(file, o); err != nil || [2]int{cost.Width, cost.Height} != tt.want {
						t.Errorf("the header tells of %d x %d, %v", cost.Width, cost.Height, err)
					}
					if sides(got) == sides(whole) {
						if !bytes.Equal(got.Pix, whole.Pix) {
							t.Error("nothing is left out, and the pixels differ")
						}
						return
					}
					if off := offMeans(whole, got); off > within {
						t.Errorf("pixels are %.1f from the means, in the mean", off)
					}
				})
			}
		}
	}
}

// offMeans is how far, in the mean, the pixels of a picture are from the means of those
// of a larger one that are in their place.
func offMeans(large, small *picture.Image) float64 {
	sum, count := 0.0, 0
	by := (large.Width + small.Width - 1) / small.Width
	for y := range large.Height / by {
		for x := range large.Width / by {
			for c := range 3 {
				mean := 0.0
				for i := range by * by {
					mean += float64(large.Pix[3*((y*by+i/by)*large.Width+x*by+i%by)+c]) / float64(by*by)
				}
				sum += max(mean-float64(small.Pix[3*(y*small.Width+x)+c]), float64(small.Pix[3*(y*small.Width+x)+c])-mean)
				count++
			}
		}
	}
	return sum / float64(count)
}

// TestFewerPixelsUpright turns a picture whose sides differ: what is enough is of the
// upright one.
func TestFewerPixelsUpright(t *testing.T) {
	t.Parallel()
	file := read(t, "exif-rotated.jpg")
	lying, err := picture.Decode(t.Context(), file, picture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if lying.Width == lying.Height {
		t.Fatalf("%d pixels both ways tell nothing", lying.Width)
	}
	o := picture.Options{EXIFOrientation: true, Enough: [2]int{(lying.Height + 1) / 2, (lying.Width + 1) / 2}}
	got, err := picture.Decode(t.Context(), file, o)
	if err != nil {
		t.Fatal(err)
	}
	if got.Width != o.Enough[0] || got.Height != o.Enough[1] {
		t.Errorf("%d x %d, want %v of %d x %d, upright", got.Width, got.Height, o.Enough, lying.Height, lying.Width)
	}
	if cost, err := picture.Inspect(file, o); err != nil || cost.Width != got.Width || cost.Height != got.Height {
		t.Errorf("the header tells of %d x %d, %v", cost.Width, cost.Height, err)
	}
}

// TestFewerPixelsOfTooMany holds the limit to the file's own pixels, and leaves other
// formats alone.
func TestFewerPixelsOfTooMany(t *testing.T) {
	t.Parallel()
	o := picture.Options{Enough: [2]int{8, 8}}
	png, err := picture.Decode(t.Context(), read(t, "rgb.png"), o)
	if err != nil {
		t.Fatal(err)
	}
	if whole, err := picture.Decode(t.Context(), read(t, "rgb.png"), picture.Options{}); err != nil || !bytes.Equal(png.Pix, whole.Pix) {
		t.Errorf("a PNG changes: %v", err)
	}
	o.MaxPixels = 8 * 8
	for what, err := range map[string]error{
		"inspecting": func() error { _, err := picture.Inspect(read(t, "delta-420.jpg"), o); return err }(),
		"decoding":   func() error { _, err := picture.Decode(t.Context(), read(t, "delta-420.jpg"), o); return err }(),
	} {
		if !errors.Is(err, picture.ErrTooLarge) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
