package hostile

import "math/bits"

// WebPOfGroups makes a WebP without loss in which each block of so many pixels a side,
// a power of 2 from 4 to 512, has codes of its own, up to 65,536 groups of them.
// Format: RFC 9649, section 3.
func WebPOfGroups(width, height, block int) []byte {
	var b bitWriter
	b.low(0x2f, 8)
	b.low(width-1, 14)
	b.low(height-1, 14)
	b.low(0, 1+3+1+1) // no alpha, version 0, no transform, no cache
	b.low(1, 1)       // several groups of codes, each for a block,
	b.low(bits.Len(uint(block))-3, 3)
	b.low(0, 1) // by a picture without a cache
	for _, others := range []int{24, 0} {
		b.low(0, 1) // Green and red have codes of 8 bits: lengths of codes are 8 or, 18, zeros.
		b.low(12-4, 4)
		for at := range 12 {
			b.low(map[bool]int{true: 1}[at == 1 || at == 11], 3)
		}
		b.low(0, 1)
		b.low(0, 256)
		if others > 0 {
			b.low(1, 1)
			b.low(others-11, 7)
		}
	}
	for range 3 {
		b.low(1, 4) // a code of one symbol, 0
	}
	blocks := (width + block - 1) / block * ((height + block - 1) / block)
	for i := range blocks {
		b.high(i&0xff, 8)
		b.high(i>>8&0xff, 8)
	}
	for range 5 * min(blocks, 1<<16) {
		b.low(1, 4)
	}
	return webp(&b)
}
