package scan_test

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/scan"
)

// vectors are random ones of length 1, of which some point nearly the same way.
func vectors(random *rand.Rand, n, dimensions int, spread float64) [][]float32 {
	middle := make([]float64, dimensions)
	for i := range middle {
		middle[i] = random.NormFloat64()
	}
	out := make([][]float32, n)
	for r := range out {
		v := make([]float32, dimensions)
		var square float64
		for i := range v {
			x := middle[i] + spread*random.NormFloat64()
			v[i] = float32(x)
			square += x * x
		}
		for i := range v {
			v[i] /= float32(math.Sqrt(square))
		}
		out[r] = v
	}
	return out
}

// open makes tables of rows, which end before the given ones, and a scanner of them.
func open(t testing.TB, rows [][]float32, ends ...int) *scan.Scanner {
	t.Helper()
	var tables []*scan.Table
	begin := 0
	for n, end := range append(ends, len(rows)) {
		path := filepath.Join(t.TempDir(), strconv.Itoa(n))
		if err := scan.Write(path, rows[begin:end]); err != nil {
			t.Fatal(err)
		}
		table, err := scan.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = table.Close() })
		tables, begin = append(tables, table), end
	}
	scanner, err := scan.NewScanner(tables...)
	if err != nil {
		t.Fatal(err)
	}
	return scanner
}

// nearest scans for a query, and returns the k nearest rows.
func nearest(ctx context.Context, s *scan.Scanner, query []float32, k int, allowed []bool) ([]scan.Hit, error) {
	scanned, err := s.Scan(ctx, query)
	if err != nil {
		return nil, err
	}
	return scanned.Nearest(ctx, k, allowed)
}

// exact is what Nearest must return of all rows: their products in float64, sorted.
func exact(rows [][]float32, q []float32) (out []scan.Hit) {
	for r, v := range rows {
		sum := 0.0
		for i, x := range q {
			sum += float64(x) * float64(v[i])
		}
		out = append(out, scan.Hit{Row: r, Product: sum})
	}
	slices.SortStableFunc(out, func(a, b scan.Hit) int {
		switch {
		case a.Product > b.Product:
			return -1
		case a.Product < b.Product:
			return 1
		}
		return 0
	})
	return out
}

// TestSearchIsExact compares with a scan in float64, of vectors that lie apart and
// of some so close that their codes are often the same.
func TestSearchIsExact(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		rows, dimensions int
		spread           float64
	}{{1, 8, 1}, {10, 5, 1}, {5000, 32, 1}, {9000, 768, 1}, {5000, 64, 0.01}, {3000, 1024, 0.001}, {3000, 1000, 100}} {
		rows := vectors(random, tt.rows, tt.dimensions, tt.spread)
		rows = append(rows, rows[0], make([]float32, tt.dimensions)) // twice, and nothing
		few := make([]bool, len(rows))
		for r := 3; r < len(rows); r += 97 {
			few[r] = true
		}
		table := open(t, rows, 0, len(rows)/3, len(rows)/3, len(rows)/2) // Two are empty.
		for range 5 {
			q := vectors(random, 1, tt.dimensions, 1)[0]
			if random.IntN(2) == 0 {
				q = rows[random.IntN(len(rows))]
			}
			ranked := exact(rows, q)
			for _, k := range []int{1, 10, 1000} {
				for name, allowed := range map[string][]bool{"all": nil, "few": few, "none": make([]bool, len(rows))} {
					got, err := nearest(context.Background(), table, q, k, allowed)
					if err != nil {
						t.Fatal(err)
					}
					want := slices.DeleteFunc(slices.Clone(ranked), func(h scan.Hit) bool { return allowed != nil && !allowed[h.Row] })
					if want = want[:min(k, len(want))]; !slices.EqualFunc(got, want, func(a, b scan.Hit) bool { return a.Row == b.Row && math.Abs(a.Product-b.Product) < 1e-9 }) {
						t.Fatalf("%d x %d, spread %v, %s, the first %d: %v ..., want %v ...", tt.rows, tt.dimensions, tt.spread, name, k, got[:min(3, len(got))], want[:min(3, len(want))])
					}
				}
			}
		}
	}
}

func TestExtremes(t *testing.T) {
	t.Parallel()
	rows := [][]float32{{1, 1, 1, 1}, {-1, -1, -1, -1}, {1e-30, 0, 0, 0}, {3e30, 0, 0, 0}}
	table := open(t, rows)
	for _, q := range [][]float32{{1, 1, 1, 1}, {0, 0, 0, 0}, {1e20, 0, 0, 0}} {
		got, err := nearest(context.Background(), table, q, 4, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range exact(rows, q)[:4] {
			if got[i] != want {
				t.Errorf("%v: %v, want %v in place %d", q, got[i], want, i)
			}
		}
	}
	if _, err := nearest(context.Background(), table, make([]float32, 9), 1, nil); err == nil {
		t.Error("a query that is too long was answered")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := nearest(ctx, table, rows[0], 1, nil); err == nil {
		t.Error("nobody waits, and it was answered")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vectors")
	if err := scan.Write(path, [][]float32{{1, 2}, {3, 4}}); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"nothing": nil, "cut": good[:len(good)-1], "longer": append(slices.Clone(good), 0), "other magic": append([]byte("X"), good[1:]...), "many rows": append(append(slices.Clone(good[:16]), 255, 255, 255, 255, 255, 255, 255, 255), good[24:]...)} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := scan.Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// BenchmarkSearch scans RSCLIP_SCAN_ROWS rows of 1024 numbers, by default 100,000.
func BenchmarkSearch(b *testing.B) {
	count, err := strconv.Atoi(cmp.Or(os.Getenv("RSCLIP_SCAN_ROWS"), "100000"))
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	rows := vectors(random, count, 1024, 1)
	table := open(b, rows)
	b.SetBytes(int64(count * len(rows[0])))
	for b.Loop() {
		if _, err := nearest(b.Context(), table, rows[7], 100, nil); err != nil {
			b.Fatal(err)
		}
	}
}
