// Package majortom names the cells of the Major TOM grid, so that pictures of one
// place get one name whatever scene they are cut from.
//
// Source: A. Francis and M. Czerkawski, Major TOM: Expandable Datasets for Earth
// Observation, IGARSS 2024.
package majortom

import (
	"math"
	"strconv"
)

// radius is that of the sphere on which the grid lies, in kilometres.
const radius = 6378.137

// Grid has cells of about Kilometres on each side.
type Grid struct{ Kilometres float64 }

// Cell names the cell of a place, such as 433U_12R: its row above or below the
// equator, and its column right or left of Greenwich.
func (g Grid) Cell(longitude, latitude float64) string {
	height := 180 / math.Ceil(math.Pi*radius/g.Kilometres)
	row := int(math.Floor(latitude / height))
	across := math.Ceil(2 * math.Pi * radius * math.Cos(float64(row)*height*math.Pi/180) / g.Kilometres)
	across = max(across, 1)
	width := 360 / across
	column, half := int(math.Floor(longitude/width)), int(across)/2
	// An odd number of columns has one that goes over the antimeridian. Of an even one
	// the project's own code takes the westernmost for the easternmost if its
	// rounding makes it so, and names of cells must agree with those in the world.
	if roundedEast := int(across)%2 == 0 && -180+float64(half)*width < 0; column < -half || roundedEast && column == -half {
		column += int(across)
	}
	return name(row, "U", "D") + "_" + name(column, "R", "L")
}

func name(n int, positive, negative string) string {
	if n < 0 {
		return strconv.Itoa(-n) + negative
	}
	return strconv.Itoa(n) + positive
}
