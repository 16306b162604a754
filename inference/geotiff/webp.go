package geotiff

// #cgo LDFLAGS: -l:libwebp.a -lm
// #include <webp/decode.h>
import "C"

import "unsafe"

// unpackWebP decodes a tile that is a WebP picture of 3 or 4 bands.
func unpackWebP(c chunk) ([]byte, error) {
	bands := c.image.chunkBands()
	if c.image.Type != (SampleType{Unsigned, 8}) || bands < 3 || bands > 4 || len(c.data) == 0 {
		return nil, unsupported("WebP holds 3 or 4 bands of 8 bits, this file has %d of %s", bands, c.image.Type)
	}
	var features C.WebPBitstreamFeatures
	in, size := (*C.uint8_t)(unsafe.Pointer(&c.data[0])), C.size_t(len(c.data))
	if status := C.WebPGetFeatures(in, size, &features); status != C.VP8_STATUS_OK {
		return nil, corrupt("a WebP tile is broken: libwebp's status is %d", status)
	}
	if int(features.width) != c.image.ChunkWidth || int(features.height) < c.rows || int(features.height) > c.image.ChunkHeight {
		return nil, corrupt("a WebP tile is %d x %d, the file's tiles are %d x %d", features.width, features.height, c.image.ChunkWidth, c.image.ChunkHeight)
	}
	out := make([]byte, int(features.width)*int(features.height)*bands)
	to, room, stride := (*C.uint8_t)(unsafe.Pointer(&out[0])), C.size_t(len(out)), C.int(int(features.width)*bands)
	var done *C.uint8_t
	if bands == 4 {
		done = C.WebPDecodeRGBAInto(in, size, to, room, stride)
	} else {
		done = C.WebPDecodeRGBInto(in, size, to, room, stride)
	}
	if done == nil {
		return nil, corrupt("a WebP tile is cut off or broken")
	}
	return out[:min(len(out), c.size)], nil
}
