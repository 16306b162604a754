package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"io"
	"math"
	"strings"

	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// inspectGIF knows the cost of a GIF: the first frame of Go's, twice where it is
// interlaced, and ours.
func inspectGIF(data []byte, _ Options) (Cost, error) {
	screen, err := readGIFScreen(data)
	if err != nil {
		return Cost{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	c := Cost{Width: screen.width, Height: screen.height}
	c.Bytes, c.Work = (2+3)*c.pixels()+256<<10, 15*c.pixels()
	return c, nil
}

// decodeGIF decodes the first frame of a GIF as Pillow does: on the whole
// screen, which grows with a frame that goes beyond it, over its transparent
// colour or else the first of the palette.
func decodeGIF(ctx context.Context, data []byte, _ Options) (*Image, error) {
	screen, err := readGIFScreen(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	decoded, err := gif.Decode(io.MultiReader(bytes.NewReader(screen.head()), interrupt.NewReader(ctx, screen.codes), strings.NewReader("\x00;")))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	frame, ok := decoded.(*image.Paletted)
	if !ok || !frame.Rect.In(image.Rect(0, 0, screen.width, screen.height)) {
		return nil, corrupt("its first frame is not where its header says")
	}
	out := newImage(screen.width, screen.height)
	err = interrupt.Rows(ctx, screen.width, screen.height, func(from, to int) {
		band := out.Pix[3*from*screen.width : 3*to*screen.width]
		for i := 0; i < len(band); i += 3 {
			copy(band[i:], screen.color(screen.background))
		}
		for y := max(from, frame.Rect.Min.Y); y < min(to, frame.Rect.Max.Y); y++ {
			for x := frame.Rect.Min.X; x < frame.Rect.Max.X; x++ {
				copy(out.Pix[3*(y*screen.width+x):], screen.color(frame.ColorIndexAt(x, y)))
			}
		}
	})
	return out, err
}

// gifScreen is what Go's decoder does not keep: it forgets the colour that is
// transparent.
type gifScreen struct {
	width, height int
	palette       []byte // 3 bytes a colour, of the first frame
	background    uint8
	frame         []byte // the descriptor of the first frame
	codes         []byte // the rest of the file
}

// head is what Go's package reads before the codes. It refuses frames beyond the
// screen, colours beyond the palette, and extensions that others skip.
func (s *gifScreen) head() []byte {
	const colors = 256
	out := binary.LittleEndian.AppendUint16([]byte("GIF89a"), uint16(s.width))        //nolint:gosec // Checked when it was read.
	out = append(binary.LittleEndian.AppendUint16(out, uint16(s.height)), 0xf7, 0, 0) //nolint:gosec // As above.
	out = append(append(out, make([]byte, 3*colors)...), s.frame...)
	const interlaced = 0x40
	out[len(out)-1] &= interlaced // It has no palette of its own.
	return out
}

func (s *gifScreen) color(index uint8) []byte {
	switch at := 3 * int(index); {
	case at+3 <= len(s.palette):
		return s.palette[at : at+3]
	case s.palette == nil: // Greys, as Pillow has it.
		return []byte{index, index, index}
	}
	return []byte{0, 0, 0}
}

var errShortGIF = errors.New("the file ends before its first frame")

// readGIFScreen reads the blocks before the first frame.
// Format: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
func readGIFScreen(data []byte) (*gifScreen, error) {
	if len(data) < 13 {
		return nil, errShortGIF
	}
	s := &gifScreen{width: int(binary.LittleEndian.Uint16(data[6:])), height: int(binary.LittleEndian.Uint16(data[8:]))}
	rest := data[13:]
	takePalette := func(flags byte) error {
		if flags&0x80 == 0 {
			return nil
		}
		size := 3 << (flags&7 + 1)
		if len(rest) < size {
			return errShortGIF
		}
		s.palette, rest = rest[:size], rest[size:]
		return nil
	}
	if err := takePalette(data[10]); err != nil {
		return nil, err
	}
	for len(rest) >= 2 {
		switch {
		case rest[0] == 0x21: // An extension: its label, then blocks up to an empty one.
			label, blocks := rest[1], rest[2:]
			for len(blocks) > 0 && blocks[0] != 0 {
				n := int(blocks[0])
				if len(blocks) < n+1 {
					return nil, errShortGIF
				}
				if label == 0xf9 && n >= 4 && blocks[1]&1 != 0 {
					s.background = blocks[4]
				}
				blocks = blocks[n+1:]
			}
			if len(blocks) == 0 {
				return nil, errShortGIF
			}
			rest = blocks[1:]
		case rest[0] == 0x2c && len(rest) >= 10: // An image descriptor.
			// Pillow makes the screen larger for a frame that goes beyond it.
			number := func(at int) int { return int(binary.LittleEndian.Uint16(rest[at:])) }
			s.width, s.height = max(s.width, number(1)+number(5)), max(s.height, number(3)+number(7))
			if s.width > math.MaxUint16 || s.height > math.MaxUint16 {
				return nil, fmt.Errorf("the first frame ends at %d x %d, beyond what a GIF can have", s.width, s.height)
			}
			s.frame, rest = rest[:10], rest[10:]
			err := takePalette(s.frame[9])
			s.codes = rest
			return s, err
		case rest[0] == 0x2c || rest[0] == 0x3b: // The end.
			return nil, errShortGIF
		default: // Pillow skips what is no block.
			rest = rest[1:]
		}
	}
	return nil, errShortGIF
}
