// Package contract is what manifests and program must agree on, each fact once:
// the constructs write it into pods, and the program of those pods reads it.
package contract

import "regexp"

// Commands of the program that containers run. The image runs [Serve] if it is
// told nothing.
const (
	Serve      = "serve"
	Pull       = "pull"
	FetchModel = "fetch-model"
	FetchIndex = "fetch-index"
	Index      = "index"
)

// Flags of [Pull], [FetchModel], [FetchIndex] and [Index] that containers are given, without dashes.
const (
	ExportFlag    = "export"
	OnceFlag      = "once"
	PrecisionFlag = "precision"
	PortableFlag  = "portable"
	EndpointFlag  = "endpoint"
	TokenFileFlag = "token-file"
	SHA256Flag    = "sha256"
	URLFlag       = "url"
	OutFlag       = "out"

	ImagesFlag        = "images"
	STACFlag          = "stac"
	AssetFlag         = "asset"
	PropertiesFlag    = "properties"
	TileFlag          = "tile"
	OverlapFlag       = "overlap"
	MetresFlag        = "metres"
	MaxNodataFlag     = "max-nodata"
	ShardFlag         = "shard"
	ToFlag            = "to"
	CollectionFlag    = "collection"
	AllowFailuresFlag = "allow-failures"
)

// Flag is a flag with its value, as a container's argument.
func Flag(name, value string) string { return "--" + name + "=" + value }

// Variables of the environment that containers have.
const (
	ModelConfigEnv     = "MODEL_CONFIG_PATH"
	AppConfigEnv       = "APP_CONFIG_PATH"
	ModelPathEnv       = "MODEL_PATH"
	ArchiveURLEnv      = "MODEL_ARCHIVE_URL" // an address that is secret
	IndexArchiveURLEnv = "INDEX_ARCHIVE_URL" // the same
	CUDACacheEnv       = "CUDA_CACHE_PATH"   // CUDA's own
	IndexPathEnv       = "INDEX_PATH"

	SearchURLEnv        = "SEARCH_URL"
	SearchCollectionEnv = "SEARCH_COLLECTION"
	SearchKeyEnv        = "RSCLIP_SEARCH_KEY" // an API key of Weaviate
	PostgresPasswordEnv = "PGPASSWORD"        // libpq's own
)

// Places in the image. The Dockerfile names them, too, which a test compares.
const (
	ProgramFile     = "/app/bin/rsclip"
	ModelFolder     = "/app/model"
	ConfigFolder    = "/app/config"
	ModelConfigFile = "model-config.json" // in ConfigFolder
	AppConfigFile   = "app-config.yaml"
	GPUCacheFolder  = "/app/gpu-cache"
	IndexFolder     = "/app/index"
	ScenesFolder    = "/app/scenes" // what an index is made of
)

// Paths that Kubernetes and Prometheus ask the server.
const (
	HealthPath  = "/health"
	ReadyPath   = "/ready"
	MetricsPath = "/metrics"
)

// HubEndpoint is the hub that models come from if no other is named.
const HubEndpoint = "https://huggingface.co"

// SHA256Digits is the pattern of a SHA-256 as sha256sum prints it.
const SHA256Digits = `[0-9a-f]{64}`

// Forms of hashes: a SHA-256, and a commit of git, which pins a revision.
var (
	SHA256 = regexp.MustCompile(`^` + SHA256Digits + `$`)
	Commit = regexp.MustCompile(`^[0-9a-f]{40}$`)
)
