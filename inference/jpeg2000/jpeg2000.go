// Package jpeg2000 decodes JPEG 2000, the format of Sentinel-2's bands, by
// OpenJPEG.
//
// OpenJPEG is C that has had many faults, and files come from strangers. So each
// file is decoded in a process of its own, which is this program started again. It
// may read, write and ask for memory up to a limit; the kernel ends it at any other
// system call. A fault there costs the one file that made it.
package jpeg2000

// #cgo CFLAGS: -I/usr/include/openjpeg-2.5
// #cgo LDFLAGS: -l:libopenjp2.a -lm
// #include "child.h"
import "C"

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/seed-74198975/rsclip/inference/geotiff"
)

// Errors of this package wrap one of these, or are the context's.
var (
	ErrUnsupported = geotiff.ErrUnsupported
	ErrCorrupt     = geotiff.ErrCorrupt
	// ErrTooLarge reports a file that needs more memory than it may have.
	ErrTooLarge = errors.New("picture too large")
)

// Component is the samples of one colour or band, row by row from the top.
type Component struct {
	Width, Height int // may be smaller than those of the first one
	Bits          int
	Signed        bool
	Alpha         bool
	// Samples are little-endian, 1 byte each up to 8 bits, 2 up to 16, then 4.
	Samples []byte
}

// SampleBytes is how many bytes a sample has.
func (c *Component) SampleBytes() int { return sampleBytes(c.Bits) }

func sampleBytes(bits int) int {
	switch {
	case bits <= 8:
		return 1
	case bits <= 16:
		return 2
	}
	return 4
}

// Picture is a decoded file.
type Picture struct {
	Components []Component
	// YCbCr says that the first three components are luma and chroma, CMYK that the
	// first four are inks.
	YCbCr, CMYK bool
}

// most is how long a file may be decoded when the context sets no earlier end.
const most = time.Minute

// seconds bounds the processor time that a file of some bytes may take: a few
// bytes can say that there are millions of layers, tiles and packets. Slow
// processors have ten times the time that is expected, and two seconds. A file
// without loss takes 80 ns a byte.
func (h Header) seconds(file int) int64 {
	return min(2+(h.Work(file)+100*int64(file))/1e8, int64(most.Seconds()))
}

func endedBy(state *os.ProcessState, signal syscall.Signal) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == signal
}

// Decode decodes a file whose header [ReadHeader] has read. It leaves out the given
// number of resolutions: each halves both sides.
func Decode(ctx context.Context, data []byte, h Header, reduce int) (*Picture, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("starting the decoder of JPEG 2000: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	child := exec.CommandContext(ctx, self) //nolint:gosec // This program itself.
	child.Args = []string{"rsclip-jpeg2000"}
	child.Env = []string{C.RSCLIP_JP2_ENVIRONMENT + "=" + fmt.Sprintf("%d %d %d %d", len(data), h.DecodedBytes(len(data)), h.seconds(len(data)), reduce)}
	child.Stdin = bytes.NewReader(data)
	out, err := child.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the decoder of JPEG 2000: %w", err)
	}
	if err := child.Start(); err != nil {
		return nil, fmt.Errorf("starting the decoder of JPEG 2000: %w", err)
	}
	picture, err := h.read(out)
	_, _ = io.Copy(io.Discard, io.LimitReader(out, 1))
	ended := child.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case endedBy(child.ProcessState, syscall.SIGXCPU):
		return nil, fmt.Errorf("%w: decoding it keeps a processor busy for more than %d s, which pictures of its size do not: save it anew, with fewer layers and larger tiles", ErrTooLarge, h.seconds(len(data)))
	case errors.Is(err, errSilent): // It was ended by the kernel.
		return nil, fmt.Errorf("%w: its decoder ended without an answer: %w", ErrCorrupt, cmp.Or(ended, errSilent))
	}
	return picture, err
}

// errSilent reports a process that said nothing, or stopped while it did.
var errSilent = errors.New("the decoder has ended")

// read reads what the process says, which is not trusted.
func (h Header) read(from io.Reader) (*Picture, error) {
	raw := make([]byte, C.sizeof_struct_rsclip_jp2_reply)
	if _, err := io.ReadFull(from, raw); err != nil {
		return nil, errSilent
	}
	number := func(i int) int { return int(binary.LittleEndian.Uint32(raw[4*i:])) }
	const each = C.RSCLIP_JP2_COMPONENTS
	if status := number(0); status != C.RSCLIP_JP2_OK {
		text, _, _ := bytes.Cut(raw[4*(3+5*each):], []byte{0})
		kind, known := map[int]error{C.RSCLIP_JP2_CORRUPT: ErrCorrupt, C.RSCLIP_JP2_UNSUPPORTED: ErrUnsupported, C.RSCLIP_JP2_TOO_LARGE: ErrTooLarge}[status]
		if !known {
			return nil, errSilent
		}
		return nil, fmt.Errorf("%w: %s", kind, strconv.QuoteToASCII(string(text)))
	}
	count := number(1)
	if count < 1 || count > h.channels() || count > each {
		return nil, errSilent
	}
	const sYCC, cmyk = 3, 5
	space := int32(number(2)) //nolint:gosec // OpenJPEG has a number below 0 for an unknown one.
	p := &Picture{YCbCr: space == sYCC, CMYK: space == cmyk && count == 4}
	for i := range count {
		field := func(nth int) int { return number(3 + nth*each + i) }
		c := Component{Width: field(0), Height: field(1), Bits: field(2), Signed: field(3) != 0, Alpha: field(4) != 0}
		if c.Width < 1 || c.Height < 1 || c.Width > h.Width || c.Height > h.Height || c.Bits < 1 || c.Bits > 32 {
			return nil, errSilent
		}
		c.Samples = make([]byte, c.Width*c.Height*c.SampleBytes())
		if _, err := io.ReadFull(from, c.Samples); err != nil {
			return nil, errSilent
		}
		p.Components = append(p.Components, c)
	}
	if space < 1 && count > 2 {
		p.YCbCr = p.chromaIsShared()
	}
	return p, nil
}

// chromaIsShared guesses that components are luma and chroma, as Pillow does if a file
// does not say what they are: the second or third has fewer samples than the first.
func (p *Picture) chromaIsShared() bool {
	first := p.Components[0]
	for _, c := range p.Components[1:3] {
		if c.Width < first.Width || c.Height < first.Height {
			return true
		}
	}
	return false
}
