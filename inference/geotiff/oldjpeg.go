package geotiff

import (
	"encoding/binary"
	"math"
	"slices"
)

// oldJPEG interprets JPEG as TIFF 6.0 has it, which nobody writes any more: one JPEG
// for the whole picture, of luma and chroma if it has three bands. Strips are parts of
// it, with so many rows.
// Format: TIFF 6.0, section 22.
func (i *Image) oldJPEG(rows int) error {
	if i.dir.fields[tagTileOffsets].count > 0 || i.planar != planarTogether {
		return unsupported("compression 6 (old JPEG) in tiles, or with bands apart: convert it with gdal_translate -co COMPRESS=DEFLATE")
	}
	if i.dir.fields[tagSamples].count == 0 {
		i.Bands = 3
	}
	i.Photometric = BlackIsZero
	if i.Bands == 3 {
		i.Photometric = YCbCr
	}
	i.stripRows = rows
	return nil
}

// oldJPEGStream returns the JPEG: as it is in the file, or made of the tables and codes
// that the file has apart.
func (i *Image) oldJPEGStream() ([]byte, error) {
	if i.dir.fields[tagOldJPEG].count > 0 {
		at, err := i.dir.uints(tagOldJPEG, 0, 1)
		if err != nil {
			return nil, err
		}
		return i.dir.read(at[0], uint64(i.dir.size)-min(at[0], uint64(i.dir.size))) //nolint:gosec // Not negative.
	}
	out := []byte{0xff, 0xd8}
	segment := func(marker byte, data ...byte) {
		out = append(binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(2+len(data))), data...) //nolint:gosec // Of a few hundred bytes.
	}
	scan := []byte{byte(i.Bands)}                                                                                                                                 //nolint:gosec // Up to 4.
	frame := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16([]byte{8}, uint16(min(i.Height, math.MaxUint16))), uint16(min(i.Width, math.MaxUint16))) //nolint:gosec // Bounded.
	frame = append(frame, byte(i.Bands))                                                                                                                          //nolint:gosec // Up to 4.
	across, down := 1, 1
	if i.Bands == 3 {
		sampling, err := i.dir.all(tagSubsampling)
		if err != nil {
			return nil, err
		}
		if across, down = defaultSubsampling, defaultSubsampling; len(sampling) > 1 {
			across, down = int(min(sampling[0], 4)), int(min(sampling[1], 4)) //nolint:gosec // Bounded.
		}
	}
	for c := range byte(i.Bands) { //nolint:gosec // Up to 4.
		factors := byte(0x11)
		if c == 0 {
			factors = byte(across<<4 | down) //nolint:gosec // Up to 4.
		}
		frame, scan = append(frame, c+1, factors, c), append(scan, c+1, c<<4|c)
		quantizers, err := i.oldJPEGTable(tagOldQuantizers, c, 64)
		if err != nil {
			return nil, err
		}
		segment(0xdb, append([]byte{c}, quantizers...)...)
		for class, tag := range []uint16{tagOldDC, tagOldAC} {
			counts, err := i.oldJPEGTable(tag, c, 16)
			if err != nil {
				return nil, err
			}
			codes := 0
			for _, n := range counts {
				codes += int(n)
			}
			table, err := i.oldJPEGTable(tag, c, 16+uint64(codes)) //nolint:gosec // Not negative.
			if err != nil {
				return nil, err
			}
			segment(0xc4, append([]byte{byte(class<<4) | c}, table...)...) //nolint:gosec // 0 or 1.
		}
	}
	segment(0xc0, frame...)
	strips, err := i.oldJPEGStrips()
	if err != nil {
		return nil, err
	}
	if len(strips) > 1 { // Each begins anew.
		blocks := ((i.Width-1)/(8*across) + 1) * (i.stripRows / (8 * down))
		segment(0xdd, binary.BigEndian.AppendUint16(nil, uint16(min(blocks, math.MaxUint16)))...) //nolint:gosec // Bounded.
	}
	segment(0xda, append(scan, 0, 63, 0)...)
	for n, strip := range strips {
		if n > 0 {
			out = append(out, 0xff, 0xd0|byte(n-1)&7) //nolint:gosec // Its last bits.
		}
		out = append(out, strip...)
	}
	return append(out, 0xff, 0xd9), nil
}

// oldJPEGTable reads the table of a component.
func (i *Image) oldJPEGTable(tag uint16, component byte, size uint64) ([]byte, error) {
	at, err := i.dir.uints(tag, uint64(component), 1)
	if err != nil {
		return nil, err
	}
	return i.dir.read(at[0], size)
}

// oldJPEGStrips reads the codes of all strips, which the file has only once.
func (i *Image) oldJPEGStrips() ([][]byte, error) {
	offsets, err := i.dir.all(tagStripOffsets)
	if err != nil {
		return nil, err
	}
	counts, err := i.dir.all(tagStripBytes)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	left := uint64(i.dir.size) //nolint:gosec // Not negative.
	for n, at := range offsets[:min(len(offsets), len(counts))] {
		if counts[n] > left {
			return nil, corrupt("its strips have more bytes than the file")
		}
		left -= counts[n]
		strip, err := i.dir.read(at, counts[n])
		if err != nil {
			return nil, err
		}
		out = append(out, slices.Clip(strip))
	}
	return out, nil
}
