// Package evaluation measures how well a model tells what pictures show, by data
// sets of labelled or described pictures.
package evaluation

import (
	"cmp"
	"slices"
)

// Classification is how well pictures are told apart by one prompt a class.
type Classification struct {
	Pictures int `json:"pictures"`
	Classes  int `json:"classes"`
	// Top1 is the share of pictures whose own class has the highest score.
	Top1 float64 `json:"top_1"`
	// MeanAveragePrecision is the mean over classes: how early the class's own
	// pictures come, if all are ordered by its score.
	MeanAveragePrecision float64 `json:"class_mean_average_precision"`
}

// Classify compares scores, a row a picture and a column a class, with the index
// of each picture's class. Of equal scores the first class counts.
func Classify(scores [][]float32, classes []int, count int) Classification {
	c := Classification{Pictures: len(scores), Classes: count}
	right := 0
	for i, row := range scores {
		best := 0
		for j, score := range row {
			if score > row[best] {
				best = j
			}
		}
		if best == classes[i] {
			right++
		}
	}
	c.Top1 = share(right, len(scores))
	sum, present := 0.0, 0
	for class := range count {
		column, relevant, any := make([]float32, len(scores)), make([]bool, len(scores)), false
		for i, row := range scores {
			column[i], relevant[i] = row[class], classes[i] == class
			any = any || relevant[i]
		}
		if any {
			sum += averagePrecision(column, relevant)
			present++
		}
	}
	if present > 0 {
		c.MeanAveragePrecision = sum / float64(present)
	}
	return c
}

// averagePrecision is the sum, over the scores from the highest, of the precision
// at each times the recall that it adds. Items with equal scores come at once.
func averagePrecision(scores []float32, relevant []bool) float64 {
	order, total := descending(scores), 0
	for _, r := range relevant {
		if r {
			total++
		}
	}
	sum, found := 0.0, 0
	for at := 0; at < len(order); {
		end, before := at, found
		for end < len(order) && scores[order[end]] == scores[order[at]] {
			if relevant[order[end]] {
				found++
			}
			end++
		}
		sum += float64(found-before) / float64(total) * float64(found) / float64(end)
		at = end
	}
	return sum
}

// Recall is the share of queries for which one of the right items is among the
// first 1, 5 and 10.
type Recall struct {
	Queries int     `json:"queries"`
	At1     float64 `json:"recall_at_1"`
	At5     float64 `json:"recall_at_5"`
	At10    float64 `json:"recall_at_10"`
}

// Retrieve ranks items by scores, a row a query and a column an item. Owner says of
// each item, and of each query, which picture it belongs to: those of the query's
// are right. Of equal scores the first item comes first.
func Retrieve(queries, items int, score func(query, item int) float32, queryOwner, itemOwner []int) Recall {
	var hits [3]int
	for q := range queries {
		best := items // The rank of the first right item.
		row := make([]float32, items)
		for i := range items {
			row[i] = score(q, i)
		}
		for i := range items {
			if itemOwner[i] != queryOwner[q] {
				continue
			}
			rank := 0
			for j, other := range row {
				if other > row[i] || other == row[i] && j < i {
					rank++
				}
			}
			best = min(best, rank)
		}
		for n, k := range []int{1, 5, 10} {
			if best < k {
				hits[n]++
			}
		}
	}
	return Recall{Queries: queries, At1: share(hits[0], queries), At5: share(hits[1], queries), At10: share(hits[2], queries)}
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// descending orders indices by scores, the highest first, equals as they were.
func descending(scores []float32) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	return order
}
