// Package node20 keeps jsii from warning, in a dozen lines at every run, about
// Node.js 20, which Debian has and these constructs are tested with.
//
// jsii copies the environment while packages initialise. Go initialises packages
// in the order of their import paths, each as soon as its imports are; this one
// imports os alone, and so comes before jsii, which imports os/exec.
package node20

import "os"

const silence = "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"

func init() {
	if _, set := os.LookupEnv(silence); !set {
		// Where it cannot be set, jsii warns.
		_ = os.Setenv(silence, "20")
	}
}
