package majortom_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/seed-74198975/rsclip/inference/majortom"
)

// TestReference compares with the project's own grid, at the antimeridian too;
// oracle/majortom.py wrote the cells.
func TestReference(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/golden/majortom.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ Cells [][4]any }
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden.Cells) < 200 {
		t.Fatalf("there are %d cells", len(golden.Cells))
	}
	for _, c := range golden.Cells {
		kilometres, longitude, latitude := c[0].(float64), c[1].(float64), c[2].(float64)
		if got := (majortom.Grid{Kilometres: kilometres}).Cell(longitude, latitude); got != c[3] {
			t.Errorf("%v km, %v, %v: %s, want %v", kilometres, longitude, latitude, got, c[3])
		}
	}
}
