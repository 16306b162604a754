// Package float16 reads numbers of 16 bits, as IEEE 754 has them.
package float16

import "math"

// Widen returns the number that the bits are, exactly.
func Widen(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent, fraction := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0: // Zero and subnormals: fraction * 2^-24.
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 0x1f: // Infinities and NaN.
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
