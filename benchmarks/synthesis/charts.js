// The reproduction for cdk8s of what the table of benchmarks/synthesis shows: an app's
// time grows with the square of its charts. For a file of each chart, App.synth calls
// chart.toJson(), which resolves the dependencies of the whole app and validates all of
// it, once more for each chart. For folders of charts it takes the chart's own objects.
//
//	node benchmarks/synthesis/charts.js 300 600 1200
//
// It prints a line of JSON for each number of charts: the seconds of either way.
const fs = require('fs'), os = require('os'), path = require('path');
const { ApiObject, App, Chart, YamlOutputType } = require('cdk8s');

function seconds(charts, yamlOutputType) {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'charts-'));
  const app = new App({ outdir, yamlOutputType });
  for (let i = 0; i < charts; i++) {
    const chart = new Chart(app, `chart-${i}`);
    for (let n = 0; n < 3; n++) new ApiObject(chart, `map-${n}`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `map-${n}` } });
  }
  const before = process.cpuUsage();
  app.synth();
  const { user, system } = process.cpuUsage(before);
  fs.rmSync(outdir, { recursive: true });
  return (user + system) / 1e6;
}

const version = require('cdk8s/package.json').version;
for (const charts of process.argv.slice(2).map(Number)) {
  console.log(JSON.stringify({ version, charts, files: seconds(charts, YamlOutputType.FILE_PER_CHART), folders: seconds(charts, YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE) }));
}
