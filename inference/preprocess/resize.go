package preprocess

// #cgo CFLAGS: -O3
// #include "resize.h"
import "C"

import (
	"context"
	"math"
	"unsafe"
)

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
// weights, whose sum stays below 2, fit 32 bits with their sign. The C side has
// it too.
const precision = 32 - 8 - 2

// axis is what the pixels of one direction draw on: taps input pixels from
// first on, with a weight each.
type axis struct {
	in, out, taps  int
	first, weights []int32
}

// of makes a the axis of out pixels over in pixels, which it may be already.
// Source: precompute_coeffs and normalize_coeffs_8bpc in Pillow's Resample.c,
// whose every rounding matters.
func (a *axis) of(f filter, in, out int) *axis {
	if a.in == in && a.out == out {
		return a
	}
	scale := float64(in) / float64(out)
	stretch := max(scale, 1)
	support, taps := f.taps(in, out)
	*a = axis{in: in, out: out, taps: taps, first: make([]int32, out), weights: make([]int32, out*taps)}
	values := make([]float64, 0, taps)
	for i := range out {
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
		// All have as many taps: those that are left over are 0, and inside.
		from := min(first, in-taps)
		a.first[i] = int32(from)
		for j, v := range values {
			if sum != 0 {
				v /= sum
			}
			a.weights[i*taps+first-from+j] = int32(v*(1<<precision) + math.Copysign(0.5, v))
		}
	}
	return a
}

// taps returns how far the kernel reaches, and the most pixels within.
func (f filter) taps(in, out int) (support float64, taps int) {
	support = f.support * max(float64(in)/float64(out), 1)
	return support, min(in, 2*int(math.Ceil(support))+1)
}

// bytes returns what the axis from in to out pixels takes.
func (f filter) bytes(in, out int) int64 {
	_, taps := f.taps(in, out)
	return 4*int64(out)*int64(taps+1) + 8*int64(taps)
}

// someProducts are as many as take a few milliseconds.
const someProducts = 16 << 20

// some calls do with numbers below n, each of which takes so many products,
// some at a time, until ctx ends.
func some(ctx context.Context, n, products int, do func(from, to int)) error {
	step := max(2, someProducts/products&^1) // Rows are resized by twos.
	for from := 0; from < n; from += step {
		if err := ctx.Err(); err != nil {
			return err
		}
		do(from, min(n, from+step))
	}
	return nil
}

// rows resizes RGB rows of the axis' input, of which it reads a byte beyond.
func (a *axis) rows(ctx context.Context, out, pix []byte, rows int) error {
	return some(ctx, rows, 3*a.out*a.taps, func(from, to int) {
		C.rsclip_resize_rows(bytes(out[3*a.out*from:]), bytes(pix[3*a.in*from:]), C.int(a.in), C.int(to-from), C.int(a.out), C.int(a.taps), ints(a.first), ints(a.weights))
	})
}

// columns resizes rows of so many bytes in the other direction.
func (a *axis) columns(ctx context.Context, out, pix []byte, row int) error {
	return some(ctx, a.out, row*a.taps, func(from, to int) {
		C.rsclip_resize_columns(bytes(out[row*from:]), bytes(pix), C.int(row), C.int(to-from), C.int(a.taps), ints(a.first[from:]), ints(a.weights[from*a.taps:]))
	})
}

func bytes(s []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(s)) }
func ints(s []int32) *C.int32_t { return (*C.int32_t)(unsafe.SliceData(s)) }
