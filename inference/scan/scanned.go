package scan

import (
	"container/heap"
	"context"
	"math"
	"slices"
)

// Scanned has the products of a query with all rows, nearly.
type Scanned struct {
	// Queries is how many have shared the reading on average, this one included.
	Queries float64

	scanner  *Scanner
	query    *query
	products []float32
}

// Hit is a row, by its number in all tables, and its product with the query.
type Hit struct {
	Row     int
	Product float64
}

// Nearest returns the k rows with the largest product with the query, the largest
// first, of those that are allowed, or of all if that is nil. Rows of equal products
// are in their order. It may be called again.
//
// The result is exact: it compares those rows by their floats of which the product of
// the codes, and what it may lack, reach the k-th largest that is certain.
func (s *Scanned) Nearest(ctx context.Context, k int, allowed []bool) ([]Hit, error) {
	if k < 1 {
		return nil, nil
	}
	// Bound is the k-th largest of the least that the products of the rows so far can
	// be, when there are so many.
	var least smallest
	bound := math.Inf(-1)
	var may []candidate
	for n, t := range s.scanner.tables {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		first, headers := s.scanner.starts[n], t.headers()
		for i, p := range s.products[first:][:t.rows] {
			if allowed != nil && !allowed[first+i] {
				continue
			}
			lacks := s.query.lacks(headers[2*i+1])
			most := float64(p) + lacks
			if most < bound {
				continue
			}
			may = append(may, candidate{first + i, most})
			if v := float64(p) - lacks; least.Len() < k {
				heap.Push(&least, v)
			} else if v > least[0] {
				least[0] = v
				heap.Fix(&least, 0)
			}
			if least.Len() == k {
				bound = least[0]
			}
		}
	}
	var hits []Hit
	for n, c := range may {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !(c.most < bound) {
			hits = append(hits, Hit{c.row, s.query.product(s.scanner.Row(c.row))})
		}
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		switch {
		case a.Product > b.Product:
			return -1
		case a.Product < b.Product:
			return 1
		}
		return a.Row - b.Row
	})
	return hits[:min(k, len(hits))], nil
}

// candidate is a row, and the most that its product can be.
type candidate struct {
	row  int
	most float64
}

// smallest is a heap with the smallest number first.
type smallest []float64

func (s smallest) Len() int           { return len(s) }
func (s smallest) Less(i, j int) bool { return s[i] < s[j] }
func (s smallest) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *smallest) Push(v any)        { *s = append(*s, v.(float64)) }
func (s *smallest) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}
