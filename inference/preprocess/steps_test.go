package preprocess

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
)

// TestLargePicturesAreResizedInSteps compares pictures that take several steps
// with the sums that their weights stand for.
func TestLargePicturesAreResizedInSteps(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	const in, out, others = 3000, 50, 1001
	a := new(axis).of(filters[3], in, out)
	pix := make([]byte, 3*in*others, 3*in*others+1)
	for i := range pix {
		pix[i] = byte(random.Uint32())
	}
	// sum is of the taps of a pixel, whose values lie so far apart.
	sum := func(pixel, first, apart int) byte {
		total := 1 << (precision - 1)
		for tap := range a.taps {
			total += int(a.weights[pixel*a.taps+tap]) * int(pix[first+(int(a.first[pixel])+tap)*apart])
		}
		return byte(min(max(total>>precision, 0), 255))
	}
	rows := make([]byte, 3*out*others)
	if err := a.rows(t.Context(), rows, pix, others); err != nil {
		t.Fatal(err)
	}
	for row := 0; row < others; row += 13 {
		for i := range 3 * out {
			if got, want := rows[3*out*row+i], sum(i/3, 3*in*row+i%3, 3); got != want {
				t.Fatalf("row %d, byte %d: %d, want %d", row, i, got, want)
			}
		}
	}
	columns := make([]byte, 3*out*others)
	if err := a.columns(t.Context(), columns, pix, 3*others); err != nil {
		t.Fatal(err)
	}
	for row := range out {
		for i := 0; i < 3*others; i += 41 {
			if got, want := columns[3*others*row+i], sum(row, i, 3*others); got != want {
				t.Fatalf("row %d of fewer, byte %d: %d, want %d", row, i, got, want)
			}
		}
	}
}

// TestPixelsEndWithTheirContext resizes in one direction, and in the other.
func TestPixelsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	p, err := New(Spec{Height: 8, Width: 8, Resample: 3, Std: [3]float64{1, 1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, size := range [][2]int{{16, 8}, {8, 16}, {16, 16}} {
		image := &picture.Image{Pix: make([]byte, 3*size[0]*size[1]+1)[:3*size[0]*size[1]], Width: size[0], Height: size[1]}
		if err := p.Pixels(ctx, make([]uint8, p.Elements()), image); !errors.Is(err, context.Canceled) {
			t.Errorf("%v: got %v, want %v", size, err, context.Canceled)
		}
	}
}

// TestCost counts by hand: the rows at their new width, the weights of both axes
// and the tables that they are made by, and the picture at its new size.
func TestCost(t *testing.T) {
	t.Parallel()
	for resample, want := range map[int]int64{
		2: 3*224*100 + (4*224*(5+1) + 8*5) + (4*50*(5+1) + 8*5) + 3*224*50,
		3: 3*224*100 + (4*224*(9+1) + 8*9) + (4*50*(9+1) + 8*9) + 3*224*50,
	} {
		p, err := New(Spec{Height: 50, Width: 224, Resample: resample, Std: [3]float64{1, 1, 1}})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Cost(448, 100); got != want {
			t.Errorf("filter %d: %d bytes, want %d", resample, got, want)
		}
	}
}
