package monitoringcoreoscom


type ServiceMonitorSpecEndpoints struct {
	Authorization *ServiceMonitorSpecEndpointsAuthorization `field:"optional" json:"authorization" yaml:"authorization"`
	BasicAuth *ServiceMonitorSpecEndpointsBasicAuth `field:"optional" json:"basicAuth" yaml:"basicAuth"`
	BearerTokenFile *string `field:"optional" json:"bearerTokenFile" yaml:"bearerTokenFile"`
	BearerTokenSecret *ServiceMonitorSpecEndpointsBearerTokenSecret `field:"optional" json:"bearerTokenSecret" yaml:"bearerTokenSecret"`
	EnableHttp2 *bool `field:"optional" json:"enableHttp2" yaml:"enableHttp2"`
	FilterRunning *bool `field:"optional" json:"filterRunning" yaml:"filterRunning"`
	FollowRedirects *bool `field:"optional" json:"followRedirects" yaml:"followRedirects"`
	HonorLabels *bool `field:"optional" json:"honorLabels" yaml:"honorLabels"`
	HonorTimestamps *bool `field:"optional" json:"honorTimestamps" yaml:"honorTimestamps"`
	Interval *string `field:"optional" json:"interval" yaml:"interval"`
	MetricRelabelings *[]*ServiceMonitorSpecEndpointsMetricRelabelings `field:"optional" json:"metricRelabelings" yaml:"metricRelabelings"`
	NoProxy *string `field:"optional" json:"noProxy" yaml:"noProxy"`
	Oauth2 *ServiceMonitorSpecEndpointsOauth2 `field:"optional" json:"oauth2" yaml:"oauth2"`
	Params *map[string]*[]*string `field:"optional" json:"params" yaml:"params"`
	Path *string `field:"optional" json:"path" yaml:"path"`
	Port *string `field:"optional" json:"port" yaml:"port"`
	ProxyConnectHeader *map[string]*[]*ServiceMonitorSpecEndpointsProxyConnectHeader `field:"optional" json:"proxyConnectHeader" yaml:"proxyConnectHeader"`
	ProxyFromEnvironment *bool `field:"optional" json:"proxyFromEnvironment" yaml:"proxyFromEnvironment"`
	ProxyUrl *string `field:"optional" json:"proxyUrl" yaml:"proxyUrl"`
	Relabelings *[]*ServiceMonitorSpecEndpointsRelabelings `field:"optional" json:"relabelings" yaml:"relabelings"`
	Scheme ServiceMonitorSpecEndpointsScheme `field:"optional" json:"scheme" yaml:"scheme"`
	ScrapeTimeout *string `field:"optional" json:"scrapeTimeout" yaml:"scrapeTimeout"`
	TargetPort ServiceMonitorSpecEndpointsTargetPort `field:"optional" json:"targetPort" yaml:"targetPort"`
	TlsConfig *ServiceMonitorSpecEndpointsTlsConfig `field:"optional" json:"tlsConfig" yaml:"tlsConfig"`
	TrackTimestampsStaleness *bool `field:"optional" json:"trackTimestampsStaleness" yaml:"trackTimestampsStaleness"`
}

