package geotiff

// oldJPEG interprets JPEG as TIFF 6.0 has it, which nobody writes any more: a whole
// JPEG in the file, of luma and chroma if it has three bands. Strips are parts of it.
func (i *Image) oldJPEG() error {
	if i.dir.fields[tagOldJPEG].count == 0 || i.dir.fields[tagTileOffsets].count > 0 || i.planar != planarTogether {
		return unsupported("compression 6 (old JPEG) with tables apart, or in tiles: convert it with tiffcp -c zip")
	}
	if i.dir.fields[tagSamples].count == 0 {
		i.Bands = 3
	}
	i.Photometric = BlackIsZero
	if i.Bands == 3 {
		i.Photometric = YCbCr
	}
	return nil
}

// oldJPEGPlace returns where the JPEG is, and its bytes, by the end of the file if it
// does not say them.
func (i *Image) oldJPEGPlace() (at, bytes uint64, err error) {
	all, err := i.dir.uints(tagOldJPEG, 0, 1)
	if err != nil {
		return 0, 0, err
	}
	size := uint64(i.dir.size) //nolint:gosec // Not negative.
	if all[0] > size {
		return 0, 0, corrupt("its JPEG begins at byte %d, the file has %d", all[0], size)
	}
	return all[0], size - all[0], nil
}
