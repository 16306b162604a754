package constructs

import (
	"sync"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
)

// Values that may be of several types are objects of jsii's, each made by a call
// to Node.js, which is what synthesizing spends its time on. They never change,
// so one of each value does for every manifest of the program.
var (
	quantity    = remember(func(s *string) k8s.Quantity { return k8s.Quantity_FromString(new(canonicalOf(*s))) })
	intOrString = remember(k8s.IntOrString_FromNumber)
	removal     = remember(cdk8s.JsonPatch_Remove)
)

// remember returns a function that calls another once for each value.
func remember[K comparable, V any](from func(*K) V) func(K) V {
	var made sync.Map
	return func(value K) V {
		if known, ok := made.Load(value); ok {
			return known.(V)
		}
		known, _ := made.LoadOrStore(value, from(&value))
		return known.(V)
	}
}
