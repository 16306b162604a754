package search_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

// TestThreeValues has all pairs of what is true, false and unknown of a tile: a tile is
// a hit only if the whole is true.
//
// Source: the tables of three-valued logic in OGC 21-065r2, Common Query Language.
func TestThreeValues(t *testing.T) {
	t.Parallel()
	kept := `{"here": 1, "other": "a", "null": null}`
	tile := &table.Tile{ID: "a", Properties: &kept}
	ways := map[string][]string{
		"T": {`{"op": "=", "args": [{"property": "here"}, 1]}`, `{"op": "isNull", "args": [{"property": "null"}]}`},
		"F": {`{"op": "<>", "args": [{"property": "here"}, 1]}`, `{"op": "in", "args": [{"property": "id"}, ["b", "c"]]}`},
		"U": {
			`{"op": "=", "args": [{"property": "gone"}, 1]}`, `{"op": "<>", "args": [{"property": "null"}, 1]}`, `{"op": ">", "args": [{"property": "other"}, 1]}`,
			`{"op": "like", "args": [{"property": "here"}, "%"]}`, `{"op": "between", "args": [{"property": "cloud_cover"}, 0, 100]}`,
			`{"op": "in", "args": [{"property": "gone"}, [1, 2]]}`, `{"op": "<", "args": [{"property": "here"}, {"property": "other"}]}`,
			`{"op": "=", "args": [{"property": "datetime"}, {"date": "2024-05-01"}]}`,
		},
	}
	value := func(expression string) bool {
		t.Helper()
		w, err := search.Filter{CQL2: []byte(expression)}.Read()
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		return w.Holds(tile)
	}
	not := func(expression string) string { return `{"op": "not", "args": [` + expression + `]}` }
	check := func(expression, want string) {
		t.Helper()
		if value(expression) != (want == "T") || value(not(expression)) != (want == "F") || value(not(not(expression))) != (want == "T") {
			t.Errorf("%s is not %s", expression, want)
		}
	}
	for want, expressions := range ways {
		for _, e := range expressions {
			check(e, want)
		}
	}
	for _, row := range []string{"TT TT", "TF FT", "TU UT", "FT FT", "FF FF", "FU FU", "UT UT", "UF FU", "UU UU"} {
		for _, a := range ways[row[:1]] {
			for _, b := range ways[row[1:2]] {
				check(fmt.Sprintf(`{"op": "and", "args": [%s, %s]}`, a, b), row[3:4])
				check(fmt.Sprintf(`{"op": "or", "args": [%s, %s]}`, a, b), row[4:5])
			}
		}
	}
}

// TestKinds refuses to compare what can never be equal, and says what is wanted.
func TestKinds(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		`{"op": "<", "args": [{"property": "cloud_cover"}, "20"]}`:                                           `cloud_cover is a number, and it is compared with "20", which is a text: write a number, such as 20`,
		`{"op": "=", "args": ["20", {"property": "eo:cloud_cover"}]}`:                                        `eo:cloud_cover is a number, and it is compared with "20", which is a text: write a number, such as 20`,
		`{"op": "=", "args": [{"property": "id"}, 7]}`:                                                       `id is a text, and it is compared with 7, which is a number: write a text, such as "2024-05-01"`,
		`{"op": "=", "args": [{"property": "nodata"}, true]}`:                                                `nodata is a number, and it is compared with true, which is true or false: write a number, such as 20`,
		`{"op": ">", "args": [{"property": "datetime"}, "2024-05-01T00:00:00Z"]}`:                            `datetime is a time, and it is compared with "2024-05-01T00:00:00Z", which is a text: write {"timestamp": "2024-05-01T00:00:00Z"} or {"date": "2024-05-01"}`,
		`{"op": ">", "args": [{"property": "datetime"}, 1714521600000]}`:                                     `datetime is a time, and it is compared with 1.7145216e+12, which is a number: write {"timestamp": "2024-05-01T00:00:00Z"} or {"date": "2024-05-01"}`,
		`{"op": "<", "args": [{"property": "gsd"}, {"date": "2024-05-01"}]}`:                                 `gsd is a number, and it is compared with 2024-05-01T00:00:00Z, which is a time: write a number, such as 20`,
		`{"op": "in", "args": [{"property": "grid_cell"}, ["a", 7]]}`:                                        `grid_cell is a text, and it is compared with 7, which is a number: write a text, such as "2024-05-01"`,
		`{"op": "in", "args": [{"property": "orbit"}, ["a", 7]]}`:                                            `"a" is a text, and it is compared with 7, which is a number: write`,
		`{"op": "between", "args": [{"property": "gsd"}, 1, "x"]}`:                                           `gsd is a number, and it is compared with "x", which is a text: write a number, such as 20`,
		`{"op": "like", "args": [{"property": "gsd"}, "1%"]}`:                                                `like compares texts, and gsd is a number`,
		`{"op": "like", "args": [{"property": "source"}, 1]}`:                                                `like compares texts, and 1 is a number`,
		`{"op": "<", "args": [{"property": "gsd"}, {"property": "source"}]}`:                                 `gsd is a number, and it is compared with source, which is a text: write a number, such as 20`,
		`{"op": "=", "args": [1, "1"]}`:                                                                      `1 is a number, and it is compared with "1", which is a text: write a number`,
		`{"op": ">", "args": [{"property": "created"}, {"timestamp": "2024-05-01T00:00:00Z"}]}`:              `created is compared with a time, and only datetime is one: write a text, such as "2024-05-01", as the STAC item has it`,
		`{"op": "=", "args": [{"property": "gsd"}, null]}`:                                                   `null is no value that can be compared: write {"op": "isNull"`,
		`{"op": "not", "args": [{"op": "and", "args": [{"op": "=", "args": [{"property": "source"}, 1]}]}]}`: `source is a text, and it is compared with 1`,
	} {
		_, err := search.Filter{CQL2: []byte(expression)}.Read()
		var refused *search.FilterError
		if !errors.As(err, &refused) || refused.Field != "cql2" || !strings.HasPrefix(refused.Problem, want) {
			t.Errorf("%s:\n%v, want\n%s", expression, err, want)
		}
	}
	for _, expression := range []string{
		`{"op": "<", "args": [{"property": "gsd"}, {"property": "orbit"}]}`, `{"op": "=", "args": [{"property": "platform"}, true]}`,
		`{"op": "=", "args": [{"property": "datetime"}, {"date": "2024-05-01"}]}`, `{"op": "isNull", "args": [{"property": "datetime"}]}`,
	} {
		if _, err := (search.Filter{CQL2: []byte(expression)}).Read(); err != nil {
			t.Errorf("%s: %v", expression, err)
		}
	}
}
