package preprocess

import "math"

// filter is a resampling kernel of Pillow's: its value, and the radius beyond
// which it is 0.
type filter struct {
	support float64
	at      func(x float64) float64
}

// filters are the kernels by their number in preprocessor_config.json, which
// is Pillow's.
var filters = map[int]filter{
	2: {1, func(x float64) float64 { return max(0, 1-math.Abs(x)) }},
	3: {2, bicubic},
}

// bicubic is Keys' cubic kernel with a = -0.5.
func bicubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

// precision is the number of fraction bits of a weight: 8-bit values times
// weights, whose sum stays below 2, fit 32 bits with their sign.
const precision = 32 - 8 - 2

// window is what one output pixel draws on: input pixels from first on, with a
// weight each.
type window struct {
	first   int
	weights []int32
}

// windows computes the window of each of out pixels over in pixels.
// Source: precompute_coeffs and normalize_coeffs_8bpc in Pillow's Resample.c,
// whose every rounding matters.
func (f filter) windows(in, out int) []window {
	scale := float64(in) / float64(out)
	stretch := max(scale, 1)
	support := f.support * stretch
	result := make([]window, out)
	values := make([]float64, 0, 2*int(math.Ceil(support))+1)
	arena := make([]int32, 0, out*(2*int(math.Ceil(support))+1))
	for i := range result {
		center := (float64(i) + 0.5) * scale
		first := max(0, int(center-support+0.5))
		last := min(in, int(center+support+0.5))
		values = values[:0]
		sum := 0.0
		for x := first; x < last; x++ {
			v := f.at((float64(x) - center + 0.5) * (1 / stretch))
			values = append(values, v)
			sum += v
		}
		start := len(arena)
		for _, v := range values {
			if sum != 0 {
				v /= sum
			}
			arena = append(arena, int32(v*(1<<precision)+math.Copysign(0.5, v)))
		}
		result[i] = window{first: first, weights: arena[start:]}
	}
	return result
}

// clip shifts a sum back to 8 bits.
func clip(sum int32) byte {
	return byte(min(max(sum>>precision, 0), 255))
}

// half rounds where clip cuts.
const half = 1 << (precision - 1)

// resizeRows resizes RGB rows of width in to len(windows), into out.
func resizeRows(out, pix []byte, width, rows int, windows []window) {
	for y := range rows {
		row := pix[3*width*y:][:3*width]
		to := out[3*len(windows)*y:][:3*len(windows)]
		for x, w := range windows {
			from := row[3*w.first:][:3*len(w.weights)]
			r, g, b := int32(half), int32(half), int32(half)
			for i, k := range w.weights {
				p := from[3*i:][:3:3]
				r += int32(p[0]) * k
				g += int32(p[1]) * k
				b += int32(p[2]) * k
			}
			to[3*x], to[3*x+1], to[3*x+2] = clip(r), clip(g), clip(b)
		}
	}
}

// resizeColumn resizes in the other direction: one output row of width bytes
// from the rows of its window.
func resizeColumn(out []byte, sums []int32, pix []byte, w window) {
	for i := range sums {
		sums[i] = half
	}
	for j, k := range w.weights {
		row := pix[(w.first+j)*len(sums):][:len(sums)]
		for i, v := range row {
			sums[i] += int32(v) * k
		}
	}
	for i, s := range sums {
		out[i] = clip(s)
	}
}
