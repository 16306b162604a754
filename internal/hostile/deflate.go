package hostile

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/adler32"
)

// Nothing are blocks of deflate that bring tables of codes and no data, of about so
// many bytes. More blocks may follow.
// Format: RFC 1951, section 3.2.7.
func Nothing(size int) []byte {
	var b bitWriter
	code := func(symbol int) { b.high(symbol, 1) } // of codes that have a bit each
	for range 8 {                                  // By when blocks begin with a byte again.
		b.low(0, 1)
		b.low(2, 2) // with tables
		b.low(0, 5+5)
		b.low(14, 4)
		for at := range 18 { // Lengths of codes are 1 or, again and again, 0.
			b.low(map[bool]int{true: 1}[at == 2 || at == 17], 3)
		}
		code(0) // literal 0: a bit
		for _, zeros := range []int{138, 117} {
			code(1)
			b.low(zeros-11, 7)
		}
		code(0) // end of the block: a bit
		code(0) // distance 0: a bit
		code(1) // the end
	}
	blocks := b.bytes(0)
	for i, v := range blocks { // Deflate packs from the lowest bit on.
		blocks[i] = reversed(v)
	}
	return bytes.Repeat(blocks, max(1, size/len(blocks)))
}

func reversed(v byte) (r byte) {
	for bit := range 8 {
		r |= v >> bit & 1 << (7 - bit)
	}
	return r
}

// Zlib makes a stream that begins with blocks of deflate, before those of data.
func Zlib(blocks, data []byte) []byte {
	var packed bytes.Buffer
	packed.Write([]byte{0x78, 0x01})
	packed.Write(blocks)
	w, _ := flate.NewWriter(&packed, flate.BestSpeed)
	_, _ = w.Write(data)
	_ = w.Close()
	return binary.BigEndian.AppendUint32(packed.Bytes(), adler32.Checksum(data))
}
