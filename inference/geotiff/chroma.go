package geotiff

import "slices"

// defaultSubsampling is how many pixels across and down share a chroma, if a file
// does not say it.
const defaultSubsampling = 2

// chroma reads how luma and chroma lie in a file without JPEG.
func (i *Image) chroma() error {
	sampling, err := i.dir.all(tagSubsampling)
	if err != nil {
		return err
	}
	if len(sampling) < 2 {
		sampling = []uint64{defaultSubsampling, defaultSubsampling}
	}
	for n := range i.units {
		if !slices.Contains([]uint64{1, 2, 4}, sampling[n]) {
			return corrupt("%d pixels share a chroma, of which there may be 1, 2 or 4", sampling[n])
		}
		i.units[n] = int(sampling[n]) //nolint:gosec // Up to 4.
	}
	shared := i.units != [2]int{1, 1}
	if shared && (i.planar == planarApart || i.predictor != predictorNone || i.Bands != i.Colors || i.Type != SampleType{Unsigned, 8}) {
		return unsupported("pixels share a chroma in bands apart, or together with a predictor or more bands: convert it with gdal_translate -co PHOTOMETRIC=RGB")
	}
	return nil
}

// packedBytes is what some rows of a strip or tile have in the file when unpacked:
// pixels that share a chroma have their lumas and then one of each chroma.
func (i *Image) packedBytes(rows int) int {
	across, down := i.units[0], i.units[1]
	if across*down == 1 {
		return rows * i.rowBytes()
	}
	return (i.ChunkWidth + across - 1) / across * ((rows + down - 1) / down) * (across*down + 2)
}

// spreadChroma gives each pixel of some rows a chroma of its own.
func (i *Image) spreadChroma(packed []byte, rows int) []byte {
	across, down := i.units[0], i.units[1]
	if across*down == 1 {
		return packed
	}
	out := make([]byte, rows*i.rowBytes())
	unit, unitsAcross := across*down+2, (i.ChunkWidth+across-1)/across
	for y := range rows {
		for x := range i.ChunkWidth {
			from := packed[(y/down*unitsAcross+x/across)*unit:][:unit]
			to := out[3*(y*i.ChunkWidth+x):][:3]
			to[0], to[1], to[2] = from[y%down*across+x%across], from[unit-2], from[unit-1]
		}
	}
	return out
}

// ToRGB turns pixels of luma and chroma into red, green and blue, as libtiff does,
// by the file's coefficients, and its values of black and white.
// Source: TIFF 6.0, sections 20 and 21, in integers of 16 bits of fraction.
func (i *Image) ToRGB(pix []byte) error {
	luma, err := i.numbers(tagCoefficients, []float32{.299, .587, .114})
	if err != nil {
		return err
	}
	ends, err := i.numbers(tagReference, []float32{0, 255, 128, 255, 128, 255})
	if err != nil {
		return err
	}
	const half = 1 << 15
	fixed := func(v float32) int { return int(float64(min(max(v, 0), 2))*(1<<16) + 0.5) }
	scaled := func(v, black, white, most float32) int {
		size := white - black
		if size == 0 {
			size = 1
		}
		const bound = 128 * 32
		return int(min(max((v-float32(int(black)))*most/size, -bound), bound))
	}
	red, blue := 2-2*luma[0], 2-2*luma[2]
	greenOfRed, greenOfBlue := -fixed(luma[0]*red/luma[1]), -fixed(luma[2]*blue/luma[1])
	var y, redOf, blueOf, greenOfCr, greenOfCb [256]int
	for v := range 256 {
		f := float32(v)
		cb, cr := scaled(f-128, ends[2]-128, ends[3]-128, 127), scaled(f-128, ends[4]-128, ends[5]-128, 127)
		y[v] = scaled(f, ends[0], ends[1], 255)
		redOf[v], blueOf[v] = (fixed(red)*cr+half)>>16, (fixed(blue)*cb+half)>>16
		greenOfCr[v], greenOfCb[v] = greenOfRed*cr, greenOfBlue*cb+half
	}
	clip := func(v int) byte { return byte(min(max(v, 0), 255)) }
	for at := 0; at+3 <= len(pix); at += 3 {
		luma, cb, cr := y[pix[at]], pix[at+1], pix[at+2]
		pix[at], pix[at+1], pix[at+2] = clip(luma+redOf[cr]), clip(luma+(greenOfCb[cb]+greenOfCr[cr])>>16), clip(luma+blueOf[cb])
	}
	return nil
}

// numbers reads rational numbers of a tag, or returns what they are if it is missing
// or some are no numbers.
func (i *Image) numbers(tag uint16, missing []float32) ([]float32, error) {
	b, kind, err := i.dir.bytes(tag, 0, min(i.dir.fields[tag].count, uint64(len(missing))))
	if err != nil {
		return nil, err
	}
	if kind != typeRational || len(b) < 8*len(missing) {
		return missing, nil
	}
	out := make([]float32, len(missing))
	for n := range out {
		over, under := i.dir.order.Uint32(b[8*n:]), i.dir.order.Uint32(b[8*n+4:])
		if under == 0 {
			return missing, nil
		}
		out[n] = float32(float64(over) / float64(under))
	}
	if tag == tagCoefficients && out[1] == 0 {
		return missing, nil
	}
	return out, nil
}
