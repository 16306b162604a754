package constructs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestDashboard asks of the dashboard what Grafana's community linter asks of
// any: a data source to choose, every panel with a title, a description and a
// unit, nothing to edit. TestPromQL of the schemas parses the queries.
func TestDashboard(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"monitoring-full", "monitoring-pods"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d struct {
				UID        string `json:"uid"`
				Editable   bool   `json:"editable"`
				Templating struct {
					List []struct{ Name, Type string } `json:"list"`
				} `json:"templating"`
				Panels []struct {
					ID                       int
					Type, Title, Description string
					GridPos                  struct{ H, W, X, Y int }
					Datasource               struct{ UID string }
					FieldConfig              struct{ Defaults struct{ Unit string } }
					Targets                  []struct {
						RefID, LegendFormat string
						Datasource          struct{ UID string }
					}
				} `json:"panels"`
			}
			if err := json.Unmarshal([]byte(dashboardOf(t, name)), &d); err != nil {
				t.Fatal(err)
			}
			if d.UID == "" || len(d.UID) > 40 || d.Editable {
				t.Errorf("uid %q, editable %v", d.UID, d.Editable)
			}
			if first := d.Templating.List[0]; first.Name != "datasource" || first.Type != "datasource" {
				t.Errorf("first variable is %+v", first)
			}
			ids, cells := map[int]bool{}, map[[2]int]string{}
			for _, panel := range d.Panels {
				if ids[panel.ID] || panel.Title == "" {
					t.Errorf("panel %d %q has an id twice, or no title", panel.ID, panel.Title)
				}
				ids[panel.ID] = true
				at := panel.GridPos
				for x := at.X; x < at.X+at.W; x++ {
					for y := at.Y; y < at.Y+at.H; y++ {
						if other, taken := cells[[2]int{x, y}]; taken || x >= 24 {
							t.Fatalf("panel %q stands on %q, or beyond the grid", panel.Title, other)
						}
						cells[[2]int{x, y}] = panel.Title
					}
				}
				if panel.Type == "row" {
					continue
				}
				if panel.Description == "" || panel.FieldConfig.Defaults.Unit == "" || panel.Datasource.UID != "${datasource}" || len(panel.Targets) == 0 {
					t.Errorf("panel %q lacks a description, unit, data source or query: %+v", panel.Title, panel)
				}
				for _, query := range panel.Targets {
					if query.RefID == "" || query.LegendFormat == "" || query.Datasource.UID != "${datasource}" {
						t.Errorf("panel %q has a query without id, legend or data source: %+v", panel.Title, query)
					}
				}
			}
		})
	}
}

// TestDashboardRows pins which rows there are, for whom.
func TestDashboardRows(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"monitoring-full": "Objectives, Traffic, Errors, Latency, Batches, Queue, Cache, Search, Index, GPU, Autoscaling, Release",
		"monitoring-pods": "Objectives, Traffic, Errors, Latency, Batches, Queue, Cache, Autoscaling, Release", // on the CPU
	} {
		var d struct {
			Panels []struct{ Type, Title string } `json:"panels"`
		}
		if err := json.Unmarshal([]byte(dashboardOf(t, name)), &d); err != nil {
			t.Fatal(err)
		}
		var rows []string
		for _, panel := range d.Panels {
			if panel.Type == "row" {
				rows = append(rows, panel.Title)
			}
		}
		if got := strings.Join(rows, ", "); got != want {
			t.Errorf("%s has the rows %s, want %s", name, got, want)
		}
	}
}

// dashboardOf returns the JSON of a golden manifest's dashboard.
func dashboardOf(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".golden.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range strings.Split(string(data), "\n---\n") {
		var object struct {
			Kind     string
			Metadata struct{ Labels map[string]string }
			Data     map[string]string
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatal(err)
		}
		if object.Kind == "ConfigMap" && object.Metadata.Labels["grafana_dashboard"] == "1" {
			for _, dashboard := range object.Data {
				return dashboard
			}
		}
	}
	t.Fatalf("no dashboard in %s", name)
	return ""
}
