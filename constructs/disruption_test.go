package constructs_test

import (
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
)

// TestEvictUnhealthy is no golden file, because those suit Kubernetes 1.23.
func TestEvictUnhealthy(t *testing.T) {
	for _, evict := range []bool{false, true} {
		got := manifest(t, func(chart cdk8s.Chart) {
			constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
				DisruptionBudget: constructs.DisruptionBudget{EvictUnhealthy: evict},
			})
		})
		if strings.Contains(got, "unhealthyPodEvictionPolicy: AlwaysAllow\n") != evict {
			t.Errorf("evictUnhealthy %v:\n%s", evict, got)
		}
	}
}
