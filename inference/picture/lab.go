package picture

import (
	"context"
	"math"

	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// fromLab turns pixels of CIE's L*, a* and b*, in 8 bits, into sRGB: lightness of 0 to
// 100 over 0 to 255, and a and b as signed bytes, or 128 more.
// Source: CIE 15, and ICC.1 for the white of D50; the matrix is that of sRGB, adapted
// to D50 by Bradford's method.
func fromLab(ctx context.Context, pix []byte, signed bool) error {
	var offset byte // of no colour
	if !signed {
		offset = 128
	}
	const dear = 16 // times what other pixels take
	return interrupt.Rows(ctx, dear, len(pix)/3, func(from, to int) {
		for p := pix[3*from : 3*to]; len(p) >= 3; p = p[3:] {
			// Without an offset these wrap to signed bytes.
			fy := (float64(p[0])*100/255 + 16) / 116
			x := 0.9642 * cubed(fy+float64(int8(p[1]-offset))/500) //nolint:gosec // A signed byte.
			y := cubed(fy)
			z := 0.8249 * cubed(fy-float64(int8(p[2]-offset))/200) //nolint:gosec // As above.
			p[0] = inSRGB(3.1338561*x - 1.6168667*y - 0.4906146*z)
			p[1] = inSRGB(-0.9787684*x + 1.9161415*y + 0.0334540*z)
			p[2] = inSRGB(0.0719453*x - 0.2289914*y + 1.4052427*z)
		}
	})
}

// cubed is a colour of 0 to 1, of the root that CIE's formula has of it.
func cubed(f float64) float64 {
	const edge = 6. / 29
	if f > edge {
		return f * f * f
	}
	return 3 * edge * edge * (f - 4./29)
}

// sRGB are the bytes of linear colours, in steps so small that they cost a fifth of a
// level where it is dark.
var sRGB = func() (table [1<<14 + 1]byte) {
	for i := range table {
		v := float64(i) / (1 << 14)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		table[i] = byte(v*255 + 0.5)
	}
	return table
}()

// inSRGB returns the byte of a linear colour, of which 0 to 1 can be shown.
func inSRGB(v float64) byte { return sRGB[int(min(max(v, 0), 1)*(1<<14)+0.5)] }
