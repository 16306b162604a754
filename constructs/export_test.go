package constructs

// SignalExamples returns the target that the page shows for each signal, by its
// prop.
func SignalExamples() map[string]float64 {
	examples := map[string]float64{}
	for _, s := range signals {
		examples[s.field] = s.example
	}
	return examples
}
