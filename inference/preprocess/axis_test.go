package preprocess

import "testing"

// TestNoPixelDrawsOnWhatIsNotThere looks for taps outside of the picture, which
// the code in C would read, and for weights that brighten or darken.
func TestNoPixelDrawsOnWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for number, f := range filters {
		for _, in := range []int{1, 2, 3, 5, 17, 97, 224, 225, 600} {
			for _, out := range []int{1, 2, 3, 16, 96, 224, 256} {
				a := new(axis).of(f, in, out)
				if len(a.first) != out || len(a.weights) != out*a.taps {
					t.Fatalf("%d: %d to %d: %d pixels, %d weights of %d taps", number, in, out, len(a.first), len(a.weights), a.taps)
				}
				for i, first := range a.first {
					if first < 0 || int(first)+a.taps > in {
						t.Fatalf("%d: %d to %d: pixel %d draws on %d to %d", number, in, out, i, first, int(first)+a.taps)
					}
					sum := 0
					for _, w := range a.weights[i*a.taps:][:a.taps] {
						sum += int(w)
					}
					if off := sum - 1<<precision; off < -a.taps || off > a.taps {
						t.Fatalf("%d: %d to %d: pixel %d has weights of %d, want 1<<%d", number, in, out, i, sum, precision)
					}
				}
			}
		}
	}
}
