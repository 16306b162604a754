package constructs

import (
	"fmt"
	"slices"
	"time"
)

// burnRate is how many times faster than it would last for 30 days a budget
// must be spent, over a long window and still over a short one, for an alert to
// fire. The long window keeps a blip from calling anybody, the short one ends
// the alert soon after the trouble.
type burnRate struct {
	long, short string
	factor      float64
	severity    string
	spends      string // what it has spent of 30 days' budget when it fires
	exhausts    string // how long the budget lasts at this rate
}

// burnRates are those of the Google SRE workbook, chapter 5.
var burnRates = []burnRate{
	{"1h", "5m", 14.4, critical, "2%", "2 days"},
	{"6h", "30m", 6, critical, "5%", "5 days"},
	{"1d", "2h", 3, warning, "10%", "10 days"},
	{"3d", "6h", 1, warning, "10%", "30 days"},
}

// minBurnRequests is how many requests the long window must have seen, or searches. Of fewer,
// one or two that fail would spend a budget of 1 % fast enough to call somebody.
const minBurnRequests = 100

// burnRateWindows returns the windows of all burn rates, the shortest first.
func burnRateWindows() []string {
	var windows []string
	for _, burn := range burnRates {
		windows = append(windows, burn.short, burn.long)
	}
	slices.SortFunc(windows, func(a, b string) int { return int(promSeconds(a) - promSeconds(b)) })
	return slices.Compact(windows)
}

// promSeconds returns the seconds of a window of one unit.
func promSeconds(window string) float64 {
	var count int
	var unit rune
	if _, err := fmt.Sscanf(window, "%d%c", &count, &unit); err != nil {
		panic(fmt.Sprintf("burn rate window %q: %v", window, err))
	}
	return float64(count) * map[rune]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[unit].Seconds()
}

// alerts returns the alerts of an objective, one for each burn rate. The rules
// that record what they compare stand before them in the same group, and are
// thus never older.
func (o objective) alerts() []rule {
	rules := make([]rule, len(burnRates))
	for i, burn := range burnRates {
		limit := fmt.Sprintf("%s * %s", number(burn.factor), number(o.budget))
		rules[i] = rule{
			alert:    o.alert,
			severity: burn.severity,
			labels:   map[string]string{"objective": o.name, "window": burn.long},
			expr: o.matchers.Replace(fmt.Sprintf("%s%s{<server>} > %s\nand %s%s{<server>} > %s\nand %s%s{<server>} >= %d\n",
				o.bad, burn.long, limit, o.bad, burn.short, limit, o.of.record, burn.long, minBurnRequests)),
			summary: fmt.Sprintf("At this rate the %s budget of 30 days lasts %s at most; %s of it went in %s.",
				o.name, burn.exhausts, burn.spends, burn.long),
			description: fmt.Sprintf("{{ $value | humanizePercentage }} of the %s to {{ $labels.namespace }}/{{ $labels.service }} "+
				"in the last %s were %s; the objective allows %s.", o.of.name, burn.long, o.missed, percent(o.budget)),
			runbook: o.runbook,
		}
	}
	return rules
}
