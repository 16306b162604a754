package constructs

import "fmt"

// CardRows are the rows that the page has of the GPUs that are known by name.
func CardRows() (rows []string) {
	for _, c := range cards {
		seconds := 1e6 / c.pictures()
		rows = append(rows, fmt.Sprintf("| %s | %.0f | %.0f | %d | %.0f | %.2f |", c.name, c.teraflops, c.pictures(), c.cores(), seconds/60, 0.8/seconds*3600))
	}
	return rows
}

// SignalExamples returns the target that the page shows for each signal, by its
// prop.
func SignalExamples() map[string]float64 {
	examples := map[string]float64{}
	for _, s := range signals {
		examples[s.field] = s.example
	}
	return examples
}
