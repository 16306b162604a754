package e2e

import (
	"os"
	"strings"
	"testing"
)

// updateAndUndo runs the page's commands for a new image and the way back, in
// the test's namespace and with an image of the test's.
func (c *cluster) updateAndUndo(t *testing.T, image string) {
	commands := strings.NewReplacer("-n git-rscilp ", "-n "+c.namespace+" ", repository+":0.2.0", image)
	before := c.image()
	history := ""
	for _, line := range rolloutCommands(t) {
		line = commands.Replace(line)
		t.Logf("%s", line)
		switch out := output(t, "bash", "-c", line); {
		case strings.Contains(line, "annotate"):
			c.waitForRollout()
			c.runs(t, image)
		case strings.Contains(line, "history"):
			history = out
		}
	}
	if !strings.Contains(history, "release 0.2.0") {
		t.Errorf("the history does not say why:\n%s", history)
	}
	c.waitForRollout()
	c.runs(t, before)
}

// image is that of the pods.
func (c *cluster) image() string {
	c.t.Helper()
	return c.kubectl("get", "-n", c.namespace, deployment, "-o", "jsonpath={.spec.template.spec.containers[0].image}")
}

// runs checks of which image the pods are.
func (c *cluster) runs(t *testing.T, image string) {
	t.Helper()
	if got := c.image(); got != image {
		t.Errorf("the image is %s, want %s", got, image)
	}
}

// rolloutCommands returns the lines of the page's block of commands.
func rolloutCommands(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(page), "```") {
		if lines := strings.Split(strings.TrimSpace(block), "\n"); strings.Contains(lines[0], " set image ") {
			if len(lines) != 4 || !strings.Contains(lines[3], "rollout undo") {
				t.Fatalf("the page's commands are not an update and a way back:\n%s", block)
			}
			return lines
		}
	}
	t.Fatal("docs/operations.md has no block of commands that begins with an update")
	return nil
}
