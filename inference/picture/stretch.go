package picture

import (
	"context"
	"math"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// Stretch maps the values of a band between two of its percentiles to 0 to 255,
// linearly, and what is beyond them to the ends.
type Stretch struct{ Low, High float64 }

// DefaultStretch is for deep bands that nothing says how to show.
var DefaultStretch = Stretch{Low: 2, High: 98}

// Range are the values that became 0 and 255.
type Range struct{ From, To float64 }

// over writes a band, stretched, into every third byte of out. Samples for which
// holds is false are black.
func (r Range) over(ctx context.Context, n int, sample func(int) float64, holds func(int) bool, out []byte) error {
	return interrupt.Parts(ctx, n, func(from, to int) {
		for i := from; i < to; i++ {
			x := (sample(i) - r.From) / (r.To - r.From)
			if holds(i) && x > 0 { // Not if all values are equal.
				out[3*i] = byte(min(x, 1)*255 + 0.5)
			} else {
				out[3*i] = 0
			}
		}
	})
}

// percentiles returns the two percentiles of the samples that hold something, as
// NumPy's percentile does: between the two nearest, linearly. Both are 0 if there
// are none.
func percentiles[T geotiff.Number](ctx context.Context, band []T, holds func(int) bool, s Stretch) (r Range, err error) {
	count, sorted := 0, ranks[T]{band: band, holds: holds}
	err = interrupt.Parts(ctx, len(band), func(from, to int) {
		for i := from; i < to; i++ {
			if holds(i) {
				count++
			}
		}
	})
	if err != nil {
		return r, err
	}
	if count == 0 {
		return r, nil
	}
	for _, want := range []struct {
		percent float64
		into    *float64
	}{{s.Low, &r.From}, {s.High, &r.To}} {
		at := want.percent / 100 * float64(count-1)
		below := int(math.Floor(at))
		a, err := sorted.at(ctx, below)
		if err != nil {
			return r, err
		}
		b, err := sorted.at(ctx, min(below+1, count-1))
		if err != nil {
			return r, err
		}
		if t := at - float64(below); t < 0.5 {
			*want.into = float64(a) + (float64(b)-float64(a))*t
		} else {
			*want.into = float64(b) - (float64(b)-float64(a))*(1-t)
		}
	}
	return r, nil
}

// ranks finds samples by their places if those that hold something were sorted. It
// counts them by 16 bits of their order at a time, the highest first, so that it
// takes no memory for them and the same time whatever they are. The counts of
// places that are near serve again.
type ranks[T geotiff.Number] struct {
	band   []T
	holds  func(int) bool
	counts [4]struct {
		valid bool
		found uint64 // the bits above
		of    [1 << 16]int32
	}
}

// at returns the sample at a place, from 0.
func (r *ranks[T]) at(ctx context.Context, place int) (T, error) {
	var found, known uint64 // the bits that are known, and which
	for level := range keyBits[T]() / 16 {
		shift := 48 - 16*level
		c := &r.counts[level]
		if !c.valid || c.found != found {
			clear(c.of[:])
			err := interrupt.Parts(ctx, len(r.band), func(from, to int) {
				for at := from; at < to; at++ {
					if k := key(r.band[at]); k&known == found && r.holds(at) {
						c.of[k>>shift&0xffff]++
					}
				}
			})
			if err != nil {
				c.valid = false
				return 0, err
			}
			c.valid, c.found = true, found
		}
		digit := 0
		for ; place >= int(c.of[digit]); digit++ {
			place -= int(c.of[digit])
		}
		found |= uint64(digit) << shift //nolint:gosec // A digit is not negative.
		known |= 0xffff << shift
	}
	return unkey[T](found), nil
}

// keyBits is how many of the 64 bits of a key say something.
func keyBits[T geotiff.Number]() int {
	switch any(T(0)).(type) {
	case uint8, uint16, int16:
		return 16
	case uint32, int32, float32:
		return 32
	}
	return 64
}

// key returns 64 bits that are in the order of the samples.
func key[T geotiff.Number](v T) uint64 {
	switch v := any(v).(type) {
	case uint8:
		return uint64(v) << 48
	case uint16:
		return uint64(v) << 48
	case int16:
		return uint64(uint16(v)^1<<15) << 48 //nolint:gosec // Its bits.
	case uint32:
		return uint64(v) << 32
	case int32:
		return uint64(uint32(v)^1<<31) << 32 //nolint:gosec // Its bits.
	case float32:
		return ordered(uint64(math.Float32bits(v))<<32) &^ (1<<32 - 1)
	case float64:
		return ordered(math.Float64bits(v))
	}
	return 0
}

// ordered turns a float's bits into ones that are in the order of the floats.
func ordered(bits uint64) uint64 {
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

// unkey undoes key.
func unkey[T geotiff.Number](k uint64) T {
	bits := k &^ (1 << 63)
	if k>>63 == 0 {
		bits = ^k
	}
	switch any(T(0)).(type) {
	case uint8, uint16:
		return T(k >> 48)
	case int16:
		return T(int16(k>>48 ^ 1<<15)) //nolint:gosec // Its bits.
	case uint32:
		return T(k >> 32)
	case int32:
		return T(int32(k>>32 ^ 1<<31)) //nolint:gosec // Its bits.
	case float32:
		return T(math.Float32frombits(uint32(bits >> 32))) //nolint:gosec // Its bits.
	}
	return T(math.Float64frombits(bits))
}
