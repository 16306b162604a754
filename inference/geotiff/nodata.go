package geotiff

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// parseNodata reads the value of GDAL's tag, which programs write by hand, too, or
// returns nil for none.
func parseNodata(text string) *float64 {
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 {
		return nil
	}
	word := strings.TrimRight(words[0], ",;")
	for _, name := range []string{"nan", "#qnan", "#snan", "#ind"} { // The last ones are of Windows.
		if strings.Contains(word, name) {
			v := math.NaN()
			return &v
		}
	}
	v, err := strconv.ParseFloat(strings.Replace(word, "1.#inf", "inf", 1), 64)
	switch {
	case errors.Is(err, strconv.ErrRange): // GDAL rounds the smallest double to one that is beyond.
		v = math.Copysign(math.MaxFloat64, v)
	case err != nil:
		return nil
	}
	return &v
}

// empty is what samples are that the file leaves out: nodata, or the nearest that the
// type holds.
func (i *Image) empty() float64 {
	if i.Nodata == nil {
		return 0
	}
	v := *i.Nodata
	low, high := 0., 0.
	switch bits := i.Type.Bits; {
	case i.Type.Format == Signed:
		low, high = -math.Exp2(float64(bits-1)), math.Exp2(float64(bits-1))-1
	case i.Type.Format == Unsigned && bits <= 8:
		high = math.MaxUint8
	case i.Type.Format == Unsigned && bits <= 16:
		high = math.MaxUint16
	case i.Type.Format == Unsigned:
		high = math.Exp2(float64(bits)) - 1
	default:
		return v
	}
	if math.IsNaN(v) {
		return 0
	}
	return min(max(math.Round(v), low), high)
}
