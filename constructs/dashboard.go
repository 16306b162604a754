package constructs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// dashboardLabel is what the sidecar of Grafana's chart looks for.
const dashboardLabel = "grafana_dashboard"

// dashboard is what of Grafana's model is used here (schemaVersion 39, Grafana
// 10.4). Nobody can edit it in Grafana: the next deployment would undo it.
type dashboard struct {
	UID           string         `json:"uid"`
	Title         string         `json:"title"`
	Description   string         `json:"description"`
	Tags          []string       `json:"tags"`
	SchemaVersion int            `json:"schemaVersion"`
	Editable      bool           `json:"editable"`
	GraphTooltip  int            `json:"graphTooltip"`
	Timezone      string         `json:"timezone"`
	Refresh       string         `json:"refresh"`
	Time          timeRange      `json:"time"`
	Templating    templating     `json:"templating"`
	Panels        []grafanaPanel `json:"panels"`
}

type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type templating struct {
	List []variable `json:"list"`
}

type variable struct {
	Name       string      `json:"name"`
	Label      string      `json:"label"`
	Type       string      `json:"type"`
	Query      string      `json:"query"`
	Datasource *datasource `json:"datasource,omitempty"`
	Refresh    int         `json:"refresh,omitempty"`
	Sort       int         `json:"sort,omitempty"`
	Multi      bool        `json:"multi"`
	IncludeAll bool        `json:"includeAll"`
	AllValue   string      `json:"allValue,omitempty"`
}

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type grafanaPanel struct {
	ID          int            `json:"id"`
	Type        string         `json:"type"`
	Title       string         `json:"title"`
	Description string         `json:"description,omitempty"`
	GridPos     gridPos        `json:"gridPos"`
	Datasource  *datasource    `json:"datasource,omitempty"`
	FieldConfig *fieldConfig   `json:"fieldConfig,omitempty"`
	Options     map[string]any `json:"options,omitempty"`
	Targets     []targetQuery  `json:"targets,omitempty"`
}

type gridPos struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

type fieldConfig struct {
	Defaults  fieldDefaults `json:"defaults"`
	Overrides []any         `json:"overrides"`
}

type fieldDefaults struct {
	Unit   string         `json:"unit"`
	Min    *float64       `json:"min,omitempty"`
	Max    *float64       `json:"max,omitempty"`
	Custom map[string]any `json:"custom"`
}

type targetQuery struct {
	RefID        string      `json:"refId"`
	Datasource   *datasource `json:"datasource"`
	Expr         string      `json:"expr"`
	LegendFormat string      `json:"legendFormat"`
}

// dashboard returns the dashboard's JSON, the same for the same props.
func (p RsclipMonitoringProps) dashboard() string {
	service := p.Service.props
	source := &datasource{Type: "prometheus", UID: "${datasource}"}
	// A uid must be distinct in one Grafana, and at most 40 characters long.
	sum := sha256.Sum256([]byte(service.Namespace + "/" + service.Name))
	d := dashboard{
		UID:           "rsclip-" + hex.EncodeToString(sum[:8]),
		Title:         service.Namespace + "/" + service.Name,
		Description:   "Git-RSCLIP inference: from a request's arrival to the GPU, and the pods that serve it.",
		Tags:          []string{"rsclip"},
		SchemaVersion: 39,
		GraphTooltip:  1, // one cross hair in all panels
		Timezone:      "browser",
		Refresh:       "30s",
		Time:          timeRange{"now-3h", "now"},
		Templating: templating{[]variable{
			{Name: "datasource", Label: "Data source", Type: "datasource", Query: source.Type},
			{
				Name: "pod", Label: "Pod", Type: "query", Datasource: source, Refresh: 2, Sort: 1, Multi: true, IncludeAll: true, AllValue: ".+",
				Query: p.matchers("").Replace("label_values(up{<server>}, pod)"),
			},
		}},
	}
	matchers := p.matchers(`,pod=~"$pod"`)
	id, y := 0, 0
	add := func(panel grafanaPanel) {
		id++
		panel.ID = id
		d.Panels = append(d.Panels, panel)
	}
	for _, row := range p.dashboardRows() {
		add(grafanaPanel{Type: "row", Title: row.title, GridPos: gridPos{H: 1, W: gridWidth, Y: y}})
		y++
		width := gridWidth / len(row.graphs)
		for i, g := range row.graphs {
			panel := g.panel(source, matchers.Replace)
			panel.GridPos = gridPos{H: graphHeight, W: width, X: i * width, Y: y}
			add(panel)
		}
		y += graphHeight
	}
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		panic(err) // all of it is plain values
	}
	return string(data) + "\n"
}

// Grafana's grid is 24 columns wide; its rows are 30 pixels high.
const (
	gridWidth   = 24
	graphHeight = 8
)

// panel returns a graph as Grafana has it.
func (g graph) panel(source *datasource, fill func(string) string) grafanaPanel {
	custom := map[string]any{"fillOpacity": 10, "showPoints": "never"}
	if g.stacked {
		custom["stacking"] = map[string]any{"mode": "normal"}
		custom["fillOpacity"] = 30
	}
	defaults := fieldDefaults{Unit: g.unit, Min: new(0.0), Custom: custom}
	if g.unit == ratioUnit {
		defaults.Max = new(1.0)
	}
	panel := grafanaPanel{
		Type: "timeseries", Title: g.title, Description: g.description, Datasource: source,
		FieldConfig: &fieldConfig{Defaults: defaults, Overrides: []any{}},
		Options: map[string]any{
			"legend":  map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true},
			"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
		},
	}
	for i, q := range g.queries {
		panel.Targets = append(panel.Targets, targetQuery{
			RefID: string(rune('A' + i)), Datasource: source, Expr: fill(q.expr), LegendFormat: q.legend,
		})
	}
	return panel
}
