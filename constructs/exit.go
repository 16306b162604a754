package constructs

import (
	"fmt"
	"os"

	"github.com/aws/jsii-runtime-go"
)

// Exit ends the program of a cdk8s app: with status 0, or with err on standard
// error and status 1. It stops jsii's Node process and removes its files.
//
//	func main() { constructs.Exit(constructs.Synth("", build)) }
func Exit(err error) {
	status := 0
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	// jsii waits twice for its process, and says so, at random, when the second
	// wait finds none.
	os.Stderr = nil
	jsii.Close()
	os.Exit(status)
}
