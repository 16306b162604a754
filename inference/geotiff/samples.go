package geotiff

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Sample formats, by TIFF's numbers.
const (
	Unsigned     = 1
	Signed       = 2
	Float        = 3
	undefined    = 4 // read as unsigned, as libtiff does
	ComplexInt   = 5
	ComplexFloat = 6
)

// SampleType is the type of a sample in the file.
type SampleType struct{ Format, Bits int }

// String names the type as NumPy and GDAL do.
func (s SampleType) String() string {
	name := map[int]string{Unsigned: "uint", Signed: "int", Float: "float", ComplexInt: "complex int", ComplexFloat: "complex"}
	return fmt.Sprintf("%s%d", name[s.Format], s.Bits)
}

// sampleType checks a format and its bits.
func sampleType(format, bits int) (SampleType, error) {
	if format == undefined {
		format = Unsigned
	}
	known := map[int][]int{
		Unsigned: {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 32, 64},
		Signed:   {8, 16, 32, 64}, Float: {16, 24, 32, 64},
		ComplexInt: {32, 64}, ComplexFloat: {64, 128},
	}
	for _, b := range known[format] {
		if b == bits {
			return SampleType{format, bits}, nil
		}
	}
	return SampleType{}, unsupported("its samples have %d bits of format %d: write another type with gdal_translate -ot Float32", bits, format)
}

// Integer tells whole numbers from floats.
func (s SampleType) Integer() bool { return s.Format == Unsigned || s.Format == Signed }

// Number are the types that samples have in memory.
type Number interface {
	uint8 | uint16 | int16 | uint32 | int32 | float32 | float64
}

// Band is the samples of one band of a window, row by row from the top. It is a
// [Samples] of the smallest [Number] that holds the file's type exactly, but for
// 64-bit integers, which become float64, and complex numbers, of which it is the
// magnitude.
type Band interface {
	// Len is the number of samples.
	Len() int
	// fill sets the samples that are in a tile that the file leaves out.
	fill(part part, nodata float64)
	// unpack takes samples out of a tile.
	unpack(part part, chunk []byte)
}

// Samples are a band's samples in memory.
type Samples[T Number] struct {
	Values []T
	get    func(row []byte, i int) T
}

// part says which samples of a tile go where in a band.
type part struct {
	at, stride    int // of the first in the band, and from row to row
	width, height int
	rowBytes      int // of the tile
	x, y          int // of the first in the tile
	first, step   int // sample of the tile's row for x 0, and from pixel to pixel
}

// newBand returns the memory for n samples.
func (s SampleType) newBand(n int) Band {
	order := binary.LittleEndian
	switch s {
	case SampleType{Unsigned, 8}:
		return &Samples[uint8]{make([]uint8, n), func(row []byte, i int) uint8 { return row[i] }}
	case SampleType{Unsigned, 16}:
		return &Samples[uint16]{make([]uint16, n), func(row []byte, i int) uint16 { return order.Uint16(row[2*i:]) }}
	case SampleType{Unsigned, 24}:
		return &Samples[uint32]{make([]uint32, n), func(row []byte, i int) uint32 { return uint24(row[3*i:]) }}
	case SampleType{Unsigned, 32}:
		return &Samples[uint32]{make([]uint32, n), func(row []byte, i int) uint32 { return order.Uint32(row[4*i:]) }}
	case SampleType{Unsigned, 64}:
		return &Samples[float64]{make([]float64, n), func(row []byte, i int) float64 { return float64(order.Uint64(row[8*i:])) }}
	case SampleType{Signed, 8}:
		return &Samples[int16]{make([]int16, n), func(row []byte, i int) int16 { return int16(int8(row[i])) }} //nolint:gosec // A signed type.
	case SampleType{Signed, 16}:
		return &Samples[int16]{make([]int16, n), int16At}
	case SampleType{Signed, 32}:
		return &Samples[int32]{make([]int32, n), int32At}
	case SampleType{Signed, 64}:
		return &Samples[float64]{make([]float64, n), func(row []byte, i int) float64 { return float64(int64(order.Uint64(row[8*i:]))) }} //nolint:gosec // A signed type.
	case SampleType{Float, 16}:
		return &Samples[float32]{make([]float32, n), func(row []byte, i int) float32 { return float16(order.Uint16(row[2*i:])) }}
	case SampleType{Float, 24}:
		return &Samples[float32]{make([]float32, n), func(row []byte, i int) float32 { return float24(uint24(row[3*i:])) }}
	case SampleType{Float, 32}:
		return &Samples[float32]{make([]float32, n), float32At}
	case SampleType{Float, 64}:
		return &Samples[float64]{make([]float64, n), float64At}
	case SampleType{ComplexInt, 32}:
		return &Samples[float32]{make([]float32, n), func(row []byte, i int) float32 {
			return float32(math.Hypot(float64(int16At(row, 2*i)), float64(int16At(row, 2*i+1))))
		}}
	case SampleType{ComplexInt, 64}:
		return &Samples[float64]{make([]float64, n), func(row []byte, i int) float64 {
			return math.Hypot(float64(int32At(row, 2*i)), float64(int32At(row, 2*i+1)))
		}}
	case SampleType{ComplexFloat, 64}:
		return &Samples[float32]{make([]float32, n), func(row []byte, i int) float32 {
			return float32(math.Hypot(float64(float32At(row, 2*i)), float64(float32At(row, 2*i+1))))
		}}
	case SampleType{ComplexFloat, 128}:
		return &Samples[float64]{make([]float64, n), func(row []byte, i int) float64 { return math.Hypot(float64At(row, 2*i), float64At(row, 2*i+1)) }}
	}
	bits := s.Bits
	if bits < 8 {
		return &Samples[uint8]{make([]uint8, n), func(row []byte, i int) uint8 { return uint8(packed(row, i, bits)) }} //nolint:gosec // Fewer than 8 bits.
	}
	return &Samples[uint16]{make([]uint16, n), func(row []byte, i int) uint16 { return uint16(packed(row, i, bits)) }} //nolint:gosec // Fewer than 16 bits.
}

// packed reads a sample of 1 to 15 bits, the highest first.
func packed(row []byte, i, bits int) uint32 {
	var v uint32
	at := i * bits
	for need := bits; need > 0; {
		here := min(8-at%8, need)
		v = v<<here | uint32(row[at/8])>>(8-at%8-here)&(1<<here-1)
		at, need = at+here, need-here
	}
	return v
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

func int16At(row []byte, i int) int16 {
	return int16(binary.LittleEndian.Uint16(row[2*i:])) //nolint:gosec // A signed type.
}

func int32At(row []byte, i int) int32 {
	return int32(binary.LittleEndian.Uint32(row[4*i:])) //nolint:gosec // A signed type.
}

func float32At(row []byte, i int) float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(row[4*i:]))
}

func float64At(row []byte, i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(row[8*i:]))
}

// float16 widens IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits.
func float16(h uint16) float32 { return small(uint32(h)>>15, int(h>>10&31), uint32(h&1023), 10, 15) }

// float24 widens TIFF's 24-bit float: 1 sign, 7 exponent and 16 fraction bits.
func float24(b uint32) float32 { return small(b>>23, int(b>>16&127), b&0xffff, 16, 63) }

// small builds a float of the fields of a narrower one.
func small(sign uint32, exponent int, fraction uint32, fractionBits, bias int) float32 {
	var v float64
	switch {
	case exponent == 2*bias+1 && fraction != 0:
		return float32(math.NaN())
	case exponent == 2*bias+1:
		v = math.Inf(1)
	case exponent == 0: // Below the smallest normal number, or 0.
		v = math.Ldexp(float64(fraction), 1-bias-fractionBits)
	default:
		v = math.Ldexp(float64(fraction|1<<fractionBits), exponent-bias-fractionBits)
	}
	if sign != 0 {
		v = math.Copysign(v, -1)
	}
	return float32(v)
}

// Len is the number of samples.
func (s *Samples[T]) Len() int { return len(s.Values) }

func (s *Samples[T]) unpack(p part, chunk []byte) {
	for y := range p.height {
		row := chunk[(p.y+y)*p.rowBytes:][:p.rowBytes]
		to := s.Values[p.at+y*p.stride:][:p.width]
		for x := range to {
			to[x] = s.get(row, (p.x+x)*p.step+p.first)
		}
	}
}

func (s *Samples[T]) fill(p part, nodata float64) {
	for y := range p.height {
		to := s.Values[p.at+y*p.stride:][:p.width]
		for x := range to {
			to[x] = T(nodata)
		}
	}
}

// HoldsData returns a function that tells samples that hold something from those
// that do not: the nodata value, NaN and both infinities. GDAL writes the value in
// decimal, so a float is compared as its own type has it.
func HoldsData[T Number](nodata *float64) func(T) bool {
	_, single := any(T(0)).(float32)
	return func(v T) bool {
		f := float64(v)
		switch {
		case math.IsNaN(f) || math.IsInf(f, 0):
			return false
		case nodata == nil:
			return true
		case single:
			return float32(f) != float32(*nodata)
		}
		return f != *nodata
	}
}
