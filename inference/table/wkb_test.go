package table_test

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/table"
)

// TestParseWKB has geometries as PostGIS and shapely write them.
func TestParseWKB(t *testing.T) {
	t.Parallel()
	const point = "0101000000000000000000F03F0000000000000040"
	for _, tt := range []struct{ name, wkb, want string }{
		{"point", point, `{"type":"Point","coordinates":[1,2]}`},
		{"big endian", "00000000013FF00000000000004000000000000000", `{"type":"Point","coordinates":[1,2]}`},
		{"with a height", "01E9030000000000000000F03F00000000000000400000000000000840", `{"type":"Point","coordinates":[1,2]}`},
		{"with a height as PostGIS has it", "0101000080000000000000F03F00000000000000400000000000000840", `{"type":"Point","coordinates":[1,2]}`},
		{"of EPSG:4326", "0101000020E6100000000000000000F03F0000000000000040", `{"type":"Point","coordinates":[1,2]}`},
		{"empty", "0101000000000000000000F87F000000000000F87F", `{"type":"Point","coordinates":[]}`},
		{"line", "010200000002000000000000000000F03F000000000000004000000000000008400000000000001040", `{"type":"LineString","coordinates":[[1,2],[3,4]]}`},
		{"collection of nothing", "010700000000000000", `{"type":"GeometryCollection"}`},
		{"of EPSG:3857", "0101000020110F0000000000000000F03F0000000000000040", "EPSG:3857"},
		{"cut off", point[:len(point)-2], "it is cut off"},
		{"nothing", "", "it is cut off"},
		{"more behind", point + "00", "1 bytes are left"},
		{"another type", "0111000000", "its type is 17"},
		{"another order", "02" + point[2:], "its first byte is 2"},
		{"many corners", "0102000000FFFFFFFF", "it is cut off"},
		{"many parts", "0107000000FFFFFFFF", "it is cut off"},
		{"lines as points", "0104000000010000000102000000" + "00000000", "a part of it is a LineString"},
		{"deep", strings.Repeat("010700000001000000", 20) + point, "too many collections"},
		{"far away", "0101000000000000000088C3400000000000000040", "no longitude and latitude"},
		{"infinite", "0101000000000000000000F07F0000000000000040", "no longitude and latitude"},
		{"half empty", "0101000000000000000000F87F0000000000000040", "no longitude and latitude"},
	} {
		data, err := hex.DecodeString(tt.wkb)
		if err != nil {
			t.Fatal(err)
		}
		g, box, err := table.ParseWKB(data)
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			}
			continue
		}
		got, err := json.Marshal(g)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %s, %v, want %s", tt.name, got, err, tt.want)
		}
		if empty := !strings.Contains(tt.want, "2"); (box == nil) != empty {
			t.Errorf("%s: the box is %v", tt.name, box)
		}
	}
}
