package geotiff

import "testing"

// TestCode has systems that files describe in place of naming them.
func TestCode(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		keys      map[int]int
		projected bool
		want      int
	}{
		"no keys":             {nil, false, 0},
		"degrees":             {map[int]int{keyGeographic: 4326}, false, 4326},
		"a code":              {map[int]int{keyGeographic: 4326, keyProjected: 32633}, true, 32633},
		"described degrees":   {map[int]int{keyGeographic: UserDefined}, false, UserDefined},
		"described":           {map[int]int{keyGeographic: 4326, keyProjected: UserDefined}, true, UserDefined},
		"UTM in the north":    {map[int]int{keyGeographic: 4326, keyProjected: UserDefined, keyProjection: 16033}, true, 32633},
		"UTM in the south":    {map[int]int{keyGeographic: 4326, keyProjected: UserDefined, keyProjection: 16133, keyLinearUnits: linearMetre}, true, 32733},
		"UTM of NAD83":        {map[int]int{keyGeographic: 4269, keyProjected: UserDefined, keyProjection: 16015}, true, 26915},
		"NAD83 in the south":  {map[int]int{keyGeographic: 4269, keyProjected: UserDefined, keyProjection: 16115}, true, UserDefined},
		"UTM in feet":         {map[int]int{keyGeographic: 4326, keyProjected: UserDefined, keyProjection: 16015, keyLinearUnits: 9003}, true, UserDefined},
		"UTM of other datums": {map[int]int{keyGeographic: UserDefined, keyProjected: UserDefined, keyProjection: 16033}, true, UserDefined},
		"no zone of UTM":      {map[int]int{keyGeographic: 4326, keyProjected: UserDefined, keyProjection: 16061}, true, UserDefined},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := code(tt.keys, tt.projected); got != tt.want {
				t.Errorf("it is %d, not %d", got, tt.want)
			}
		})
	}
}
