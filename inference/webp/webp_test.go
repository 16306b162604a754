package webp_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/seed-74198975/rsclip/inference/webp"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// TestGroupsOfCodes decodes pictures of 1024 x 1024 pixels by the number of their
// groups of codes, of which 65,536 take 775 MB.
func TestGroupsOfCodes(t *testing.T) {
	t.Parallel()
	for block, want := range map[int]error{512: nil, 32: nil, 16: nil, 8: webp.ErrCorrupt, 4: webp.ErrCorrupt} {
		t.Run(fmt.Sprint(block), func(t *testing.T) {
			t.Parallel()
			data := hostile.WebPOfGroups(1024, 1024, block)
			f, err := webp.ReadFeatures(data)
			if err != nil || f.Width != 1024 || f.Height != 1024 || f.Lossy {
				t.Fatalf("%+v, %v", f, err)
			}
			for _, channels := range []int{3, 4} {
				if err := webp.DecodeInto(make([]byte, channels*f.Width*f.Height), data, f, channels); !errors.Is(err, want) {
					t.Errorf("%d channels: %v, want %v", channels, err, want)
				}
			}
			err = webp.FirstFrame(data, f, func(width, height int, pixels []byte) error {
				if width != f.Width || height != f.Height || len(pixels) != 4*width*height {
					return fmt.Errorf("%d x %d, %d bytes", width, height, len(pixels))
				}
				return nil
			})
			if !errors.Is(err, want) {
				t.Errorf("frame: %v, want %v", err, want)
			}
		})
	}
}

// TestWhatIsAllowedEnds decodes a picture that needs more than it may have, and then
// one that does not, on whatever threads they come to.
func TestWhatIsAllowedEnds(t *testing.T) {
	t.Parallel()
	much, few := hostile.WebPOfGroups(1024, 1024, 4), hostile.WebP(64, 64)
	for range 20 {
		for name, data := range map[string][]byte{"much": much, "few": few} {
			f, err := webp.ReadFeatures(data)
			if err != nil {
				t.Fatal(err)
			}
			if err := webp.DecodeInto(make([]byte, 3*f.Width*f.Height), data, f, 3); (err == nil) != (name == "few") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestNoWebP(t *testing.T) {
	t.Parallel()
	whole := hostile.WebP(64, 64)
	for name, data := range map[string][]byte{"nothing": nil, "a header that is cut off": whole[:20], "another format": []byte("RIFF\x00\x00\x00\x00AVI LIST0000")} {
		if _, err := webp.ReadFeatures(data); !errors.Is(err, webp.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
