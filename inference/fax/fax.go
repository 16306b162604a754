// Package fax decodes the black and white pictures of CCITT's fax machines, as
// TIFF files have them: runs of one dimension with and without marks between the
// rows, and changes from row to row.
//
// Formats: ITU-T T.4 and T.6, and TIFF 6.0, sections 10 and 11.
package fax

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
)

// Format is how rows are coded.
type Format int

const (
	// RLE has rows of runs, each from a byte on.
	RLE Format = iota
	// RLEWords has rows of runs, each from a word of two bytes on.
	RLEWords
	// Group3 has rows of runs, with a mark before each.
	Group3
	// Group3TwoDimensions has marks that say of which kind a row is: runs, or changes
	// from the row above.
	Group3TwoDimensions
	// Group4 has changes from row to row.
	Group4
)

// ErrCorrupt reports codes that mean nothing, or too much for a row.
var ErrCorrupt = errors.New("corrupt fax")

// errEnd reports that the codes end before a row.
var errEnd = errors.New("no more rows")

// rowsAtATime are decoded between looks at the context.
const rowsAtATime = 64

// Decode decodes rows of pixels of a width, 1 or more, into bits, 1 for black, each row
// from a byte on. There are fewer rows if the codes say that they end.
func Decode(ctx context.Context, data []byte, f Format, width, rows int) ([]byte, error) {
	d := &decoder{data: data, width: width, format: f, marks: f == Group3 || f == Group3TwoDimensions}
	rowBytes := (width + 7) / 8
	out := make([]byte, 0, rows*rowBytes)
	for y := range rows {
		if y%rowsAtATime == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		switch err := d.row(); {
		case errors.Is(err, errEnd):
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("%w: row %d: %w", ErrCorrupt, y, err)
		}
		out = out[:len(out)+rowBytes]
		d.paint(out[len(out)-rowBytes:])
		d.above, d.changes = d.changes, d.above[:0]
	}
	return out, nil
}

// decoder reads codes, and knows where rows change their colour: first to black,
// then to white, and so on, up to the width.
type decoder struct {
	data    []byte
	at      int // in bits
	width   int
	format  Format
	marks   bool // whether there is one before each row
	above   []int
	changes []int
}

// peek returns the next bits, up to 24, and zeros behind the last.
func (d *decoder) peek(n int) int {
	var word [4]byte
	if at := d.at / 8; at+4 <= len(d.data) {
		copy(word[:], d.data[at:at+4])
	} else if at < len(d.data) {
		copy(word[:], d.data[at:])
	}
	return int(binary.BigEndian.Uint32(word[:]) << (d.at % 8) >> (32 - n))
}

// row reads the changes of the next row.
func (d *decoder) row() error {
	if d.marks {
		if err := d.mark(); err != nil {
			return err
		}
	}
	switch d.format {
	case RLE, RLEWords:
		unit := 8 << d.format
		d.at = (d.at + unit - 1) / unit * unit
		if d.at >= 8*len(d.data) {
			return errEnd
		}
		return d.runs()
	case Group3TwoDimensions:
		oneDimension := d.peek(1)
		d.at++
		if oneDimension == 0 {
			return d.twoDimensions()
		}
	case Group4:
		const endOfBlock = 1
		if d.peek(12) == endOfBlock || d.at >= 8*len(d.data) {
			return errEnd
		}
		return d.twoDimensions()
	}
	return d.runs()
}

// mark reads the mark before a row: 11 zeros or more, and a one. Some writers leave
// out all of them.
func (d *decoder) mark() error {
	const zeros = 11
	from := d.at
	for d.peek(zeros) != 0 {
		d.at++
	}
	for d.at < 8*len(d.data) && d.peek(1) == 0 {
		d.at++
	}
	switch {
	case d.at < 8*len(d.data):
		d.at++
		return nil
	case from == 0 && len(d.data) > 0:
		d.at, d.marks = 0, false
		return nil
	}
	return errEnd
}

// Reasons why a row cannot be read.
var (
	errNoCode  = errors.New("some bits are no code")
	errTooLong = errors.New("it is longer than the picture is wide")
)

// change adds a change of the colour.
func (d *decoder) change(at int) error {
	// Changes at the same place, of runs of no pixels, are allowed, but not without end.
	if at > d.width || len(d.changes) > 2*d.width+2 {
		return errTooLong
	}
	d.changes = append(d.changes, at)
	return nil
}

// run reads the length of a run: codes of 64 and more, and one of fewer.
func (d *decoder) run(color int) (int, error) {
	for length := 0; ; {
		c := runs[color][d.peek(longest)]
		if c.bits == 0 {
			return 0, errNoCode
		}
		d.at += int(c.bits)
		length += int(c.value)
		if c.value < 64 {
			return length, nil
		}
		if length > d.width {
			return 0, errTooLong
		}
	}
}

// runs reads a row of one dimension.
func (d *decoder) runs() error {
	for at, color := 0, 0; at < d.width; color ^= 1 {
		n, err := d.run(color)
		if err != nil {
			return err
		}
		at += n
		if err := d.change(at); err != nil {
			return err
		}
	}
	return nil
}

// twoDimensions reads a row by its changes from the row above.
func (d *decoder) twoDimensions() error {
	// The row above is looked through along with this one. Before the first pixel, a
	// change of it at 0 counts.
	at, color, next := -1, 0, 0
	for at < d.width {
		// The first change of the row above behind this place, to the other colour.
		next = max(0, next-2)
		next += (next ^ color) & 1
		for next < len(d.above) && d.above[next] <= at {
			next += 2
		}
		above := func(i int) int {
			if next+i < len(d.above) {
				return d.above[next+i]
			}
			return d.width
		}
		c := modes[d.peek(longestMode)]
		if c.bits == 0 {
			return errNoCode
		}
		d.at += int(c.bits)
		switch c.value {
		case pass:
			at = above(1)
		case horizontal:
			at = max(at, 0)
			for _, color := range []int{color, color ^ 1} {
				n, err := d.run(color)
				if err != nil {
					return err
				}
				at += n
				if err := d.change(at); err != nil {
					return err
				}
			}
		default:
			to := above(0) + int(c.value)
			if to < max(at, 0) {
				return errNoCode
			}
			if err := d.change(to); err != nil {
				return err
			}
			at, color = to, color^1
		}
	}
	return nil
}

// paint sets the bits of a row that are black.
func (d *decoder) paint(row []byte) {
	for i := 0; i < len(d.changes); i += 2 {
		from, to := d.changes[i], d.width
		if i+1 < len(d.changes) {
			to = d.changes[i+1]
		}
		for from < to {
			if from%8 == 0 && to-from >= 8 {
				row[from/8] = 0xff
				from += 8
			} else {
				row[from/8] |= 0x80 >> (from % 8)
				from++
			}
		}
	}
}
