package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

// refusesRoot has the API server turn away a pod that the restricted Pod Security
// Standard forbids, from the namespace in which the service's own pods run.
func (c *cluster) refusesRoot(t *testing.T) {
	out, err := exec.Command("kubectl", "run", "-n", c.namespace, "root", "--image=localhost/root:e2e", "--dry-run=server").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `violates PodSecurity "restricted:latest"`) {
		t.Errorf("a pod that may be root: %v, want it to violate the restricted standard: %s", err, out)
	}
	t.Logf("%s", out)
}
