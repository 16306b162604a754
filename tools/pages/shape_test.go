package main

import "testing"

func TestSameShape(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, page, answer string
		same               bool
	}{
		{"other numbers", `{"a": 1, "b": [0.5]}`, `{"a": 2, "b": [7]}`, true},
		{"a key less", `{"a": 1}`, `{"a": 1, "b": 2}`, false},
		{"a key more", `{"a": 1, "b": 2}`, `{"a": 1}`, false},
		{"another type", `{"a": 1}`, `{"a": "1"}`, false},
		{"another type within", `{"a": [{"b": 1}]}`, `{"a": [{"b": null}]}`, false},
		{"a longer list", `[1]`, `[1, 2]`, false},
		{"no JSON", `{}`, `no`, false},
		{"a mapping for a list", `[]`, `{}`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if err := sameShape(test.page, test.answer); (err == nil) != test.same {
				t.Errorf("%v, want the same: %v", err, test.same)
			}
		})
	}
}
