package server

import (
	_ "embed"
	"net/http"
	"sync"

	"sigs.k8s.io/yaml"
)

// openAPISource describes the API; a test compares it with the routes, and
// schemathesis with the answers.
//
//go:embed openapi.yaml
var openAPISource []byte

var openAPIDocument = sync.OnceValues(func() ([]byte, error) { return yaml.YAMLToJSON(openAPISource) })

// openAPI is GET /openapi.json.
func openAPI(w http.ResponseWriter, r *http.Request) {
	document, err := openAPIDocument()
	if err != nil {
		writeProblem(w, r, internalProblem())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(document)
}
