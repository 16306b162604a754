// Package geotiff reads TIFF, BigTIFF, GeoTIFF and Cloud-Optimized GeoTIFF: the
// samples of any window as they are in the file, without the rest, and what the
// file says of them: overviews, masks, nodata and the place on earth.
//
// It reads from an [io.ReaderAt], which may be memory, a file or ranges of a
// URL, and asks only for the bytes that it needs. Files come from strangers:
// what a directory claims is checked before memory is spent on it.
//
// Formats: TIFF 6.0 and its technical notes, BigTIFF, OGC 19-008r4 (GeoTIFF
// 1.1), and GDAL's tags for nodata and sparse files.
package geotiff

import (
	"errors"
	"fmt"
)

// The kinds of failure. Errors of this package wrap one of them, or come from
// the reader, or are the context's.
var (
	// ErrUnsupported reports a layout that is not read; the message names the mend.
	ErrUnsupported = errors.New("unsupported picture")
	// ErrCorrupt reports a file that breaks its format's rules or ends early.
	ErrCorrupt = errors.New("corrupt picture")
)

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}
