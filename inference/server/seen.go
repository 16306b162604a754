package server

import "github.com/seed-74198975/rsclip/inference/picture"

// seen says what of a picture's file the model has seen, if that is not all of it as
// it is.
type seen struct {
	// Nodata is the share of the pixels that hold no data, 0 to 1.
	Nodata float64 `json:"nodata"`
	// Stretched are the values that became 0 and 255, for red, green and blue.
	Stretched [][2]float64 `json:"stretched,omitempty"`
}

// seenOf is nil for a picture without nodata that was not stretched.
func seenOf(s picture.Seen) *seen {
	if s.Nodata == 0 && len(s.Stretched) == 0 {
		return nil
	}
	out := &seen{Nodata: s.Nodata}
	for _, r := range s.Stretched {
		out.Stretched = append(out.Stretched, [2]float64{r.From, r.To})
	}
	return out
}

// seenPicture is what was seen of one picture of several, by its index in the request.
type seenPicture struct {
	Image int `json:"image"`
	*seen
}
