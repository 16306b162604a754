package table

import "testing"

// FuzzTiles looks at all tiles of files of any bytes, whatever their hash says.
func FuzzTiles(f *testing.F) {
	cell := "1U_2R"
	data, err := encodeTiles([]Tile{{ID: "b", Source: "s", Geometry: []byte{1}, GridCell: &cell}, {ID: "a", Source: "s", BBox: &BBox{}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:tilesHeader])
	f.Add(data[:len(data)-1])
	f.Fuzz(func(_ *testing.T, data []byte) {
		// As a mapping is: aligned, and no longer than it says.
		tiles, err := tilesOf(append(make([]byte, 0, len(data)), data...))
		if err != nil {
			return
		}
		var v View
		for row := range tiles.Len() {
			tile := tiles.Read(row, &v)
			_ = tile.Clone()
			_, _ = tiles.Find(tile.ID)
		}
		_, _ = tiles.Find("a")
	})
}
