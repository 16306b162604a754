package float16_test

import (
	"math"
	"testing"

	"github.com/seed-74198975/rsclip/internal/float16"
)

// TestEveryHalf widens every IEEE 754 half by the definition of its fields.
func TestEveryHalf(t *testing.T) {
	t.Parallel()
	for h := range uint32(1 << 16) {
		exponent, fraction := int(h>>10&31), float64(h&1023)
		var want float64
		switch {
		case exponent == 31 && fraction != 0:
			if v := float16.Widen(uint16(h)); v == v { //nolint:staticcheck,gocritic // Only a NaN differs from itself.
				t.Fatalf("%#04x is %v, want NaN", h, v)
			}
			continue
		case exponent == 31:
			want = math.Inf(1)
		case exponent == 0:
			want = math.Ldexp(fraction, -24)
		default:
			want = math.Ldexp(1024+fraction, exponent-25)
		}
		if h>>15 == 1 {
			want = -want
		}
		if got := float16.Widen(uint16(h)); math.Float32bits(got) != math.Float32bits(float32(want)) {
			t.Fatalf("%#04x is %v, want %v", h, got, want)
		}
	}
}
