// Package projection turns the coordinates of scenes into longitude and latitude of
// WGS 84. It knows the systems that satellite scenes come in: UTM, Web Mercator, and
// degrees. It does not warp pictures.
package projection

import (
	"errors"
	"fmt"
	"math"
)

// ErrUnknown reports a coordinate system that is not known here.
var ErrUnknown = errors.New("unknown coordinate system")

// Inverse turns coordinates into degrees of WGS 84, longitude first.
type Inverse func(x, y float64) (longitude, latitude float64)

// ellipsoid is a shape of the earth.
type ellipsoid struct{ radius, inverseFlattening float64 } // metres

var (
	wgs84 = ellipsoid{6378137, 298.257223563}
	grs80 = ellipsoid{6378137, 298.257222101}
)

// zones are ranges of EPSG codes that number the zones of UTM. Datums but WGS 84 are
// those that agree with it to a metre.
var zones = []struct {
	first, last int // EPSG codes
	zone        int // of the first
	south       bool
	shape       ellipsoid
}{
	{32601, 32660, 1, false, wgs84},  // WGS 84, north
	{32701, 32760, 1, true, wgs84},   // WGS 84, south
	{25828, 25838, 28, false, grs80}, // ETRS89
	{26901, 26923, 1, false, grs80},  // NAD83
	{31965, 31976, 11, false, grs80}, // SIRGAS 2000, north
	{31978, 31985, 18, true, grs80},  // SIRGAS 2000, south
	{31977, 31977, 17, true, grs80},  // SIRGAS 2000, south
}

// ToWGS84 returns the way from the system of an EPSG code. Codes that are not known
// are an error that says how to warp the file.
func ToWGS84(epsg int) (Inverse, error) {
	switch epsg {
	case 4326, 4258, 4269, 4674: // WGS 84, ETRS89, NAD83 and SIRGAS 2000, which agree to a metre
		return func(x, y float64) (float64, float64) { return x, y }, nil
	case 3857:
		return webMercator, nil
	}
	for _, z := range zones {
		if z.first <= epsg && epsg <= z.last {
			return transverseMercator(z.shape, z.zone+epsg-z.first, z.south), nil
		}
	}
	return nil, fmt.Errorf("%w: EPSG:%d is neither UTM, nor Web Mercator, nor degrees: warp the file with gdalwarp -t_srs EPSG:4326", ErrUnknown, epsg)
}

// webMercator takes the earth for a sphere, as EPSG:3857 does.
func webMercator(x, y float64) (longitude, latitude float64) {
	return degrees(x / wgs84.radius), degrees(math.Atan(math.Sinh(y / wgs84.radius)))
}

func degrees(radians float64) float64 { return radians * 180 / math.Pi }

// transverseMercator undoes the projection of a zone of UTM. The series is Krüger's to
// the sixth order of the flattening, exact to nanometres within a zone.
// Source: C. F. F. Karney, Transverse Mercator with an accuracy of a few nanometers,
// J. Geodesy 85 (2011), equations 7 to 21, 25 and 36.
func transverseMercator(e ellipsoid, zone int, south bool) Inverse {
	const (
		scale        = 0.9996
		falseEasting = 500_000.0
	)
	falseNorthing := 0.0
	if south {
		falseNorthing = 10_000_000
	}
	meridian := float64(6*zone - 183)
	f := 1 / e.inverseFlattening
	n := f / (2 - f)
	n2, n3, n4, n5, n6 := n*n, n*n*n, n*n*n*n, n*n*n*n*n, n*n*n*n*n*n
	rectifying := e.radius / (1 + n) * (1 + n2/4 + n4/64 + n6/256)
	beta := [...]float64{
		n/2 - 2*n2/3 + 37*n3/96 - n4/360 - 81*n5/512 + 96199*n6/604800,
		n2/48 + n3/15 - 437*n4/1440 + 46*n5/105 - 1118711*n6/3870720,
		17*n3/480 - 37*n4/840 - 209*n5/4480 + 5569*n6/90720,
		4397*n4/161280 - 11*n5/504 - 830251*n6/7257600,
		4583*n5/161280 - 108847*n6/3991680,
		20648693 * n6 / 638668800,
	}
	e1 := math.Sqrt(f * (2 - f)) // the first eccentricity
	return func(x, y float64) (longitude, latitude float64) {
		xi, eta := (y-falseNorthing)/(scale*rectifying), (x-falseEasting)/(scale*rectifying)
		xi0, eta0 := xi, eta
		for j, b := range beta {
			k := 2 * float64(j+1)
			xi0 -= b * math.Sin(k*xi) * math.Cosh(k*eta)
			eta0 -= b * math.Cos(k*xi) * math.Sinh(k*eta)
		}
		conformal := math.Sin(xi0) / math.Hypot(math.Sinh(eta0), math.Cos(xi0))
		longitude = meridian + degrees(math.Atan2(math.Sinh(eta0), math.Cos(xi0)))
		if longitude < -180 {
			longitude += 360
		} else if longitude >= 180 {
			longitude -= 360
		}
		return longitude, degrees(math.Atan(geodetic(conformal, e1)))
	}
}

// geodetic finds the tangent of a latitude from that of its conformal latitude, by
// Newton's method, which is exact after two or three steps.
func geodetic(conformal, e1 float64) float64 {
	tau := conformal
	for range 5 {
		sigma := math.Sinh(e1 * math.Atanh(e1*tau/math.Hypot(1, tau)))
		now := tau*math.Hypot(1, sigma) - sigma*math.Hypot(1, tau)
		tau += (conformal - now) / math.Hypot(1, now) * (1 + (1-e1*e1)*tau*tau) / ((1 - e1*e1) * math.Hypot(1, tau))
	}
	return tau
}
