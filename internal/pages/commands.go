package pages

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
)

// Commands splits a block of commands, each of as many lines as bash needs to
// make sense of it. Comments of their own lines are left out.
func (b Block) Commands(ctx context.Context) (commands []string) {
	pending := ""
	for line := range strings.Lines(b.Text) {
		pending += line
		out, err := exec.CommandContext(ctx, "bash", "-n", "-c", pending).CombinedOutput()
		if err != nil || bytes.Contains(out, []byte("here-document")) || strings.HasSuffix(line, "\\\n") {
			continue
		}
		if command := strings.TrimSpace(pending); command != "" && !strings.HasPrefix(command, "#") {
			commands = append(commands, command)
		}
		pending = ""
	}
	if pending != "" {
		commands = append(commands, pending) // which bash will refuse
	}
	return commands
}
