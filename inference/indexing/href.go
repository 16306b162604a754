package indexing

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// isFileURL tells names such as file:///scenes/1.tif.
func isFileURL(name string) bool { return len(name) > 5 && strings.EqualFold(name[:5], "file:") }

// fileOf is the path that a file URL names, by RFC 8089. One with what should have been
// written with % is taken as it stands, if that is there.
func fileOf(name string) (string, error) {
	path := name[len("file:"):]
	if host, found := strings.CutPrefix(path, "//"); found {
		slash := strings.IndexByte(host, '/')
		if slash < 0 || slash > 0 && !strings.EqualFold(host[:slash], "localhost") {
			return "", fmt.Errorf("%.200q is not of this machine: write file:///PATH or the path", name)
		}
		path = host[slash:]
	}
	if !filepath.IsAbs(path) {
		return "", fmt.Errorf("%.200q has no whole path: write file:///PATH or the path", name)
	}
	path, _ = existing(path)
	return path, nil
}

// existing is a path that is there, as it stands or without what URLs have % for; if
// none is, the latter.
func existing(path string) (found string, there bool) {
	plain, err := url.PathUnescape(path)
	if err != nil {
		plain = path
	}
	for _, found := range []string{path, plain} {
		if _, err := os.Stat(found); err == nil {
			return found, true
		}
	}
	return plain, false
}

// resolve is where the href of an item leads. One that is relative is so to the folder
// of the item's file, if it leads to a file there, and else to the item's self link, as
// an API that answered the item has it.
func resolve(href, folder, self string) (string, error) {
	switch {
	case isFileURL(href):
		return fileOf(href)
	case strings.Contains(href, "://"):
		return href, nil
	}
	path := filepath.FromSlash(href)
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	path, there := existing(path)
	if there || !isAddress(self) && !isFileURL(self) {
		return path, nil
	}
	base, err := url.Parse(self)
	if err != nil {
		return "", fmt.Errorf("the self link %.200q: %w", self, err)
	}
	to, err := base.Parse(href)
	if err != nil {
		return "", fmt.Errorf("%.200q is no address: %w", href, err)
	}
	if isFileURL(self) {
		return fileOf(to.String())
	}
	return to.String(), nil
}
