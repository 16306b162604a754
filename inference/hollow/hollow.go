// Package hollow ends the reading of packed data that holds nothing, such as blocks
// of gzip that bring tables of codes and no data. Each takes microseconds, so that a
// few megabytes would keep a processor busy for seconds and give nothing to count.
package hollow

import (
	"errors"
	"io"
)

// Err reports packed data that unpacks to much less than itself.
var Err = errors.New("it is packed, and holds next to nothing: pack it anew, or send it as it is")

// slack is how many bytes may be read before something is unpacked. Decompressors
// read and write in blocks of up to 128 KiB.
const slack = 256 << 10

// Guard is packed data as a decompressor reads it. What was unpacked is told to Gave.
type Guard struct {
	packed io.Reader
	ahead  int64 // bytes that were read and have not been made up for
}

// NewGuard makes a guard of packed data.
func NewGuard(packed io.Reader) *Guard { return &Guard{packed: packed} }

// Read fails with [Err] when next to nothing has come of what was read of late,
// however much came before.
func (g *Guard) Read(p []byte) (int, error) {
	if g.ahead > slack {
		return 0, Err
	}
	n, err := g.packed.Read(p)
	g.ahead += int64(n)
	return n, err
}

// Gave is told of so many unpacked bytes. Packed, they may take an eighth more.
func (g *Guard) Gave(n int) { g.ahead = max(0, g.ahead-int64(n)-int64(n)/8) }
