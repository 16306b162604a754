package constructs

import (
	"os"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestQueries reads queries of one's own. The schemas' tests hold the same ones to
// Prometheus' parser.
func TestQueries(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/promql.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var queries struct{ Taken, Refused []string }
	if err := yaml.Unmarshal(data, &queries); err != nil || len(queries.Taken) == 0 || len(queries.Refused) == 0 {
		t.Fatal(err, queries)
	}
	for _, query := range queries.Taken {
		c := new(check)
		if c.query("query", query); len(c.errs) > 0 {
			t.Error(c.errs)
		}
	}
	for _, query := range queries.Refused {
		c := new(check)
		if c.query("query", query); len(c.errs) != 1 || c.errs[0].Fix == "" {
			t.Errorf("%q: %v", query, c.errs)
		}
	}
}
