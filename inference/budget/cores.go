package budget

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Cores returns how many cores the process may use by the limits of its cgroups, such
// as 0.5; 0 means that they have none.
func Cores() float64 { return cores(os.DirFS("/")) }

// cores reads cgroups of both versions. The narrowest limit of a group and of those
// that it is in is in force. In a container the groups that it is in may be out of
// sight, with its own at the root.
//
// Source: https://docs.kernel.org/admin-guide/cgroup-v2.html and
// https://docs.kernel.org/scheduler/sched-bwc.html.
func cores(root fs.FS) (least float64) {
	groups, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		_, line, _ = strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, _ := strings.Cut(line, ":")
		mount := "sys/fs/cgroup"
		switch {
		case controllers == "": // of version 2
		case slices.Contains(strings.Split(controllers, ","), "cpu"):
			mount += "/cpu"
		default:
			continue
		}
		for group = path.Clean("/" + group); ; group = path.Dir(group) {
			if limit := quota(root, path.Join(mount, group)); limit > 0 && (least == 0 || limit < least) {
				least = limit
			}
			if group == "/" {
				break
			}
		}
	}
	return least
}

// quota is the limit of one group, 0 for none.
func quota(root fs.FS, group string) float64 {
	var quota, period float64
	for _, files := range [][]string{{"cpu.max"}, {"cpu.cfs_quota_us", "cpu.cfs_period_us"}} {
		var text string
		for _, name := range files {
			data, _ := fs.ReadFile(root, path.Join(group, name))
			text += string(data) + " "
		}
		// No limit is the word max, or -1.
		if n, _ := fmt.Sscan(text, &quota, &period); n == 2 && quota > 0 && period > 0 {
			return quota / period
		}
	}
	return 0
}
