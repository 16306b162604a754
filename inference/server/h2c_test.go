package server_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestCleartextHTTP2 speaks HTTP/2 without TLS and without asking first, as meshes
// and gateways do, beside HTTP/1.
func TestCleartextHTTP2(t *testing.T) {
	t.Parallel()
	a := startAbused(t, config.Server{})
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &protocols}}
	t.Cleanup(client.CloseIdleConnections)
	for range 3 {
		response, err := client.Post(a.url+"/v1/embeddings", "application/json", strings.NewReader(`{"input": "river"}`))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || response.ProtoMajor != 2 || !strings.Contains(string(body), `"embedding"`) {
			t.Errorf("%s, status %d, %s, %v", response.Proto, response.StatusCode, body, err)
		}
	}
	a.answers(t, "beside HTTP/2")
}

// TestCleartextHTTP2IsBounded looks for the limits of HTTP/2 in what the server says
// first, and has a connection that says nothing after its preface end.
func TestCleartextHTTP2IsBounded(t *testing.T) {
	t.Parallel()
	long(t, "what lasts for seconds")
	a := startAbused(t, config.Server{})
	c, err := a.dial(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	frames := http2.NewFramer(c, c)
	streams := uint32(0)
	for {
		frame, err := frames.ReadFrame()
		if err != nil {
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				t.Error("a connection without settings stays open")
			}
			break
		}
		if s, ok := frame.(*http2.SettingsFrame); ok {
			if v, ok := s.Value(http2.SettingMaxConcurrentStreams); ok {
				streams = v
			}
		}
	}
	if streams != 64 {
		t.Errorf("%d streams are allowed, want 64", streams)
	}
}
