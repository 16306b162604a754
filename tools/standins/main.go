// Command standins makes libraries that stand in for CUDA's, for a CUDA provider of
// ONNX Runtime, in a folder:
//
//	go run ./tools/standins PROVIDER FOLDER
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/seed-74198975/rsclip/internal/standins"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "standins: name a provider and a folder")
		os.Exit(2)
	}
	if err := standins.Build(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "standins:", err)
		os.Exit(1)
	}
}
