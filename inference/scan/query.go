package scan

import "math"

// query is one whose products are wanted, written as codes.
type query struct {
	vector []float32 // filled up with zeros
	coded  []int16
	step   float32
	// Lengths of what the codes leave out, and of the vector.
	failing, length float64
}

// newQuery writes a query as integers of 16 bits, so small that the sums of products
// fit into 32.
func newQuery(vector []float32, dimensions int) *query {
	q := &query{vector: make([]float32, dimensions), coded: make([]int16, dimensions)}
	copy(q.vector, vector)
	var largest, square float64
	for _, x := range q.vector {
		largest = max(largest, math.Abs(float64(x)))
		square += float64(x) * float64(x)
	}
	if largest == 0 {
		return q
	}
	q.length = math.Sqrt(square)
	// |sum| <= sqrt(n) * |coded| * 127: with largest 16383 and a length of at most
	// sqrt(n) times that it could be too much, so the length bounds the steps.
	most := min(16383, math.MaxInt32/(127*math.Sqrt(float64(dimensions))*q.length/largest)/1.01)
	q.step = float32(largest / most)
	square = 0
	for i, x := range q.vector {
		n := math.RoundToEven(float64(x) / float64(q.step))
		q.coded[i] = int16(n)
		d := float64(x) - float64(q.step)*n
		square += d * d
	}
	// Also for what float32 rounds away of a product.
	q.failing = math.Sqrt(square)*1.0001 + 1e-6*q.length
	return q
}

// lacks is the most by which the product of the codes may differ from that of the
// query and a row, whose codes are so far from it:
// |q·r - q'·r'| <= |q| |r - r'| + |q - q'| |r'|.
func (q *query) lacks(failing float32) float64 {
	return q.length*float64(failing) + q.failing*(1+float64(failing))
}

// product is that of the query and a row, in float64.
func (q *query) product(row []float32) (sum float64) {
	for i, x := range q.vector {
		sum += float64(x) * float64(row[i])
	}
	return sum
}
