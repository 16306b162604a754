package picture_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
)

func TestSweep(t *testing.T) {
	folder := os.Getenv("RSCLIP_SWEEP")
	data, err := os.ReadFile(filepath.Join(folder, "answers.json"))
	if err != nil {
		t.Skip()
	}
	var answers []struct {
		File, By, Format, Mode, Error string
		Width, Height                 int
	}
	if err := json.Unmarshal(data, &answers); err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		file, err := os.ReadFile(filepath.Join(folder, a.File))
		if err != nil {
			t.Fatal(err)
		}
		image, err := picture.Decode(t.Context(), file, picture.Options{})
		what := fmt.Sprintf("%s [%s %s]", a.File, a.Format, a.Mode)
		switch {
		case a.By == "" && err == nil:
			fmt.Printf("ONLY-OURS %s: %s\n", what, a.Error)
		case a.By == "":
			fmt.Printf("BOTH-REFUSE %s: %s | %v\n", what, a.Error, err)
		case err != nil:
			fmt.Printf("REFUSED %s: %v\n", what, err)
		default:
			want, err := os.ReadFile(filepath.Join(folder, a.File+".rgb"))
			if err != nil {
				t.Fatal(err)
			}
			if image.Width != a.Width || image.Height != a.Height {
				fmt.Printf("DIFF %s: size %d x %d, want %d x %d\n", what, image.Width, image.Height, a.Width, a.Height)
				continue
			}
			first, most, count := -1, 0, 0
			for i := range want {
				d := int(image.Pix[i]) - int(want[i])
				if d != 0 {
					count++
					if first < 0 {
						first = i
					}
					most = max(most, d, -d)
				}
			}
			if first >= 0 {
				fmt.Printf("DIFF %s: %d of %d, at most %d; the first at %d,%d: %v want %v\n", what, count, len(want), most, first/3%a.Width, first/3/a.Width, image.Pix[first/3*3:][:3], want[first/3*3:][:3])
			} else {
				fmt.Printf("SAME %s\n", what)
			}
		}
	}
}
