package projection_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"testing"

	"github.com/seed-74198975/rsclip/inference/projection"
)

// TestReference compares with PROJ: no point may be further away than a millimetre
// from its degrees of the system's own datum. That this is within two metres of WGS 84
// is what the table was made by. oracle/projection.py wrote the points.
func TestReference(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/golden/projection.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ Points [][5]float64 }
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden.Points) < 1900 {
		t.Fatalf("there are %d points", len(golden.Points))
	}
	for _, p := range golden.Points {
		inverse, err := projection.ToWGS84(int(p[0]))
		if err != nil {
			t.Fatal(err)
		}
		longitude, latitude := inverse(p[1], p[2])
		const metresADegree = 111_320
		dx := math.Abs(math.Mod(longitude-p[3]+540, 360)-180) * metresADegree * math.Cos(p[4]*math.Pi/180)
		if d := math.Hypot(dx, (latitude-p[4])*metresADegree); !(d < 0.001) {
			t.Errorf("EPSG:%.0f, %.3f, %.3f: %.9f, %.9f is %.4f m from PROJ's %.9f, %.9f", p[0], p[1], p[2], longitude, latitude, d, p[3], p[4])
		}
	}
}

// TestUnknown has systems of other projections, and those of UTM and degrees on datums
// that are tens of metres away, or five.
func TestUnknown(t *testing.T) {
	t.Parallel()
	for _, epsg := range []int{0, -1, 2154, 4267, 4230, 32600, 32661, 32761, 25827, 26924, 26715, 23032, 20248, 3405, 31838, 3164, 27700} {
		if _, err := projection.ToWGS84(epsg); !errors.Is(err, projection.ErrUnknown) {
			t.Errorf("EPSG:%d: %v", epsg, err)
		}
	}
}
