package contract_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/internal/contract"
)

func TestParseEngine(t *testing.T) {
	t.Parallel()
	type host = contract.EngineHost
	for address, want := range map[string][]host{
		"weaviate://a":                       {{"a", 8080}},
		"weaviate://a:81,b,[::1]:82/":        {{"a", 81}, {"b", 8080}, {"::1", 82}},
		"weaviates://a.example":              {{"a.example", 443}},
		"weaviate://Store.Vectors.SVC":       {{"store.vectors.svc", 8080}},
		"weaviate://[::ffff:10.1.2.3]:81":    {{"10.1.2.3", 81}},
		"weaviate://my_store.":               {{"my_store.", 8080}},
		"postgres://u@[FD00::1]/db":          {{"fd00::1", 5432}},
		"postgres://u@B,A:6/db":              {{"b", 5432}, {"a", 6}},
		"postgres://u@a:1,b:2/db?x=y":        {{"a", 1}, {"b", 2}},
		"postgresql://a":                     {{"a", 5432}},
		"postgres:///db":                     {},
		"postgres://u:p@10.0.0.1/db":         {{"10.0.0.1", 5432}},
		"weaviate://a,,b":                    nil,
		"weaviate://u:a-secret@a":            nil,
		"weaviate://a-secret@a/path":         nil,
		"postgres://u:a-secret@a:x/db":       nil,
		"postgres://u:a-secret@a:70000/db":   nil,
		"http://a":                           nil,
		"weaviate:a":                         nil,
		"postgres://u@a/db?password=%zz&a=b": {{"a", 5432}},
	} {
		got, err := contract.ParseEngine(address)
		if want == nil {
			if err == nil {
				t.Errorf("%s is taken: %v", address, got)
			}
			if err != nil && strings.Contains(err.Error(), "a-secret") {
				t.Errorf("%s: the error tells the password: %v", address, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got.Hosts == nil {
			got.Hosts = []host{}
		}
		if d := cmp.Diff(want, got.Hosts); d != "" {
			t.Errorf("%s: -want +got\n%s", address, d)
		}
	}
	for address, has := range map[string]bool{"postgres://u:p@a/db": true, "postgres://u@a/db?password=p": true, "postgres://u:@a/db": true, "postgres://a/db?sslpassword=p": true, "postgres://u@a/db": false, "weaviate://a": false} {
		if got, err := contract.ParseEngine(address); err != nil || got.HasPassword != has {
			t.Errorf("%s: has a password %v, %v", address, got.HasPassword, err)
		}
	}
}

// TestEngineErrors pins that each part that is wrong is named, and no part repeated that
// may be secret.
func TestEngineErrors(t *testing.T) {
	t.Parallel()
	for address, part := range map[string]string{
		"":                                              "begins with weaviate://",
		"mysql://a":                                     "begins with weaviate://",
		"weaviate:a":                                    "begins with weaviate://",
		"Weaviate://a":                                  "write weaviate:// in lower case",
		"POSTGRES://a/db":                               "write postgres:// in lower case",
		"weaviate://":                                   "names of hosts",
		"weaviate://a,,b":                               "names of hosts",
		"weaviate://a b":                                "names of hosts",
		"weaviate://a..b":                               "names of hosts",
		"weaviate://-a":                                 "names of hosts",
		"weaviate://10.1.2":                             "names of hosts",
		"weaviate://10.1.2.300":                         "names of hosts",
		"weaviate://store:8080:9090":                    "at most one port",
		"weaviate://a,store:1:2":                        "at most one port",
		"weaviate://fd00::1":                            "IPv6 addresses in brackets",
		"weaviate://::ffff:10.1.2.3":                    "IPv6 addresses in brackets",
		"weaviate://[fd00::1":                           "IPv6 addresses in brackets",
		"weaviate://[fe80::1%eth0]":                     "IPv6 addresses in brackets",
		"weaviate://[10.1.2.3]":                         "IPv6 addresses in brackets",
		"postgres://u@fd00::1/db":                       "IPv6 addresses in brackets",
		"weaviate://a:0":                                "ports of 1 to 65535",
		"weaviate://a:65536":                            "ports of 1 to 65535",
		"weaviate://[fd00::1]:x":                        "ports of 1 to 65535",
		"postgres://u@a:0/db":                           "ports of 1 to 65535",
		"weaviate://a/path":                             "without a path or query",
		"weaviate://a?key=a-secret":                     "without a path or query",
		"weaviate://a#a-secret":                         "without a path or query",
		"weaviate://u:a-secret@a":                       "without a key or user",
		"weaviate://a-secret@a/b?c":                     "without a key or user",
		"weaviate://u:a-secret/b@a":                     "without a key or user",
		"postgres://a/db?sslmode=b":                     "sslmode of disable, ",
		"postgres://a/db?sslmode=":                      "sslmode of disable, ",
		"postgres://u:a-secret%@a/db":                   "can be read",
		"postgres://a/db?target_session_attrs=a-secret": "target_session_attrs of any, ",
	} {
		_, err := contract.ParseEngine(address)
		if _, ok := errors.AsType[*contract.EngineError](err); !ok || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v, want %q", address, err, part)
		}
		if err != nil && strings.Contains(err.Error(), "a-secret") {
			t.Errorf("%s: the error tells what may be secret: %v", address, err)
		}
	}
}
