package export

import "math"

// resizePositions interpolates a grid of from x from position embeddings of
// some width to one of to x to, as transformers does for pictures of another
// size: PyTorch's bicubic interpolation, a = -0.75, corners not aligned.
// Source: SiglipVisionEmbeddings.interpolate_pos_encoding; upsample_bicubic2d.
func resizePositions(grid []float32, from, to, width int) []float32 {
	if from == to {
		return grid
	}
	taps := make([]taps, to)
	for i := range taps {
		taps[i] = bicubicTaps(i, from, to)
	}
	out := make([]float32, to*to*width)
	for y, ty := range taps {
		for x, tx := range taps {
			cell := out[(y*to+x)*width:][:width]
			for j, wy := range ty.weight {
				for i, wx := range tx.weight {
					source := grid[(ty.index[j]*from+tx.index[i])*width:][:width]
					for k, v := range source {
						cell[k] += wy * wx * v
					}
				}
			}
		}
	}
	return out
}

// taps are the four cells that one output cell draws on.
type taps struct {
	index  [4]int
	weight [4]float32
}

func bicubicTaps(i, from, to int) taps {
	const a = -0.75
	at := float64(from)/float64(to)*(float64(i)+0.5) - 0.5
	first := math.Floor(at)
	var t taps
	for j := range 4 {
		t.index[j] = min(max(int(first)-1+j, 0), from-1)
		d := math.Abs(at - (first - 1 + float64(j)))
		if d <= 1 {
			t.weight[j] = float32(((a+2)*d-(a+3))*d*d + 1)
		} else {
			t.weight[j] = float32(((a*d-5*a)*d+8*a)*d - 4*a)
		}
	}
	return t
}
