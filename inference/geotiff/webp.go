package geotiff

import "github.com/seed-74198975/rsclip/inference/webp"

// unpackWebP decodes a tile that is a WebP picture of 3 or 4 bands.
func unpackWebP(c chunk) ([]byte, error) {
	bands := c.image.chunkBands()
	if c.image.Type != (SampleType{Unsigned, 8}) || bands < 3 || bands > 4 || len(c.data) == 0 {
		return nil, unsupported("WebP holds 3 or 4 bands of 8 bits, this file has %d of %s", bands, c.image.Type)
	}
	f, err := webp.ReadFeatures(c.data)
	if err != nil {
		return nil, corrupt("a WebP tile: %v", err)
	}
	if f.Width != c.image.ChunkWidth || f.Height < c.rows || f.Height > c.image.ChunkHeight {
		return nil, corrupt("a WebP tile is %d x %d, the file's tiles are %d x %d", f.Width, f.Height, c.image.ChunkWidth, c.image.ChunkHeight)
	}
	out := make([]byte, f.Width*f.Height*bands)
	if err := webp.DecodeInto(out, c.data, f, bands); err != nil {
		return nil, corrupt("a WebP tile: %v", err)
	}
	return out[:min(len(out), c.size)], nil
}
