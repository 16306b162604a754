package picture

import (
	"cmp"
	"fmt"
	"time"
)

// Cost is the most that decoding a file takes, as its header tells.
type Cost struct {
	Width, Height int // of the picture that Decode returns
	// Bytes is the most memory that is held at a time, beside the file: the
	// pixels, and what the decoder has besides.
	Bytes int64
	// Work is about the nanoseconds that it keeps a core of 2020 busy.
	Work int64
}

// workPerPixel bounds [Cost.Work], for each pixel of the limit. The most that an
// honest file takes is about 90, for three bands of a TIFF that are stretched.
const workPerPixel = 100

// Decoders may take longer than [Cost.Work] says: slower times that on a slow
// machine, and leastMost if that is more.
const (
	slower    = 4
	leastMost = 2 * time.Second
)

// most is for how long decoding may keep a core busy. Headers do not tell of all that
// is dear, such as blocks of deflate, LZMA or ZSTD that bring tables and no data.
func (c Cost) most() time.Duration { return max(leastMost, slower*time.Duration(c.Work)) }

// dearByte is about the nanoseconds that a byte takes of a block of deflate, LZMA or
// ZSTD that brings tables and no data.
const dearByte = 500

// hollow is the work of packed bytes that are more than any encoder needs for what
// they unpack to, and hence hold nothing.
func hollow(packed, unpacked int64) int64 {
	return dearByte * max(0, packed-unpacked-unpacked/8-64<<10)
}

func (c Cost) pixels() int64 { return int64(c.Width) * int64(c.Height) }

// Inspect reads a file's header, which takes hardly any memory, and returns
// what decoding the file takes. It fails with what [Decode] would fail with by
// the header alone, such as [ErrTooLarge].
func Inspect(data []byte, o Options) (Cost, error) {
	d, err := decoderOf(data)
	if err != nil {
		return Cost{}, err
	}
	c, err := d.inspect(data, o)
	if err == nil {
		err = c.check(cmp.Or(o.MaxPixels, DefaultMaxPixels))
	}
	if err != nil {
		return Cost{}, fmt.Errorf("decoding %s: %w", d.name, err)
	}
	if o.EXIFOrientation {
		c = c.turned(exifOrientation(data))
	}
	return c, nil
}

// check refuses what is beyond the limits, before memory is spent on it.
func (c Cost) check(maxPixels int) error {
	if err := c.checkSize(maxPixels); err != nil {
		return err
	}
	if most := workPerPixel * int64(maxPixels); c.Work > most {
		return fmt.Errorf("%w: its scans or pieces take %d ms to decode, and the limit is %d ms for %d pixels: save it anew, with fewer scans or bands", ErrTooLarge, c.Work/1e6, most/1e6, maxPixels)
	}
	return nil
}

func (c Cost) checkSize(maxPixels int) error {
	if c.Width < 1 || c.Height < 1 {
		return fmt.Errorf("%w: it is %d x %d pixels", ErrCorrupt, c.Width, c.Height)
	}
	if c.Width > maxPixels/c.Height {
		return fmt.Errorf("%w: %d x %d pixels are more than the limit of %d: send a smaller picture, or raise picture.max_pixels", ErrTooLarge, c.Width, c.Height, maxPixels)
	}
	if side := max(c.Width, c.Height); side > MaxSide {
		return fmt.Errorf("%w: it is %d x %d pixels, and the limit of a side is %d: cut the picture in parts", ErrTooLarge, c.Width, c.Height, MaxSide)
	}
	return nil
}

// turned adds what turning the picture upright takes.
func (c Cost) turned(orientation int) Cost {
	if orientation < 2 || orientation > 8 {
		return c
	}
	if orientation >= 5 {
		c.Width, c.Height = c.Height, c.Width
	}
	c.Bytes += 3 * c.pixels()
	c.Work += 10 * c.pixels()
	return c
}
