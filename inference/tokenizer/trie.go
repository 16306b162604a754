package tokenizer

import (
	"maps"
	"slices"
)

// trie finds every word that a text begins with. Children of a node stand
// side by side, sorted by their byte.
type trie struct {
	nodes []trieNode
	first [256]int32 // children of the root by byte, 0 for none
}

type trieNode struct {
	children int32 // index of the first
	id       int32 // of the word that ends here, or -1
	count    uint16
	label    byte
}

func newTrie(words map[string]int32) *trie {
	t := &trie{nodes: []trieNode{{id: -1}}}
	t.build(0, slices.Sorted(maps.Keys(words)), 0, words)
	root := t.nodes[0]
	for i := range int32(root.count) {
		t.first[t.nodes[root.children+i].label] = root.children + i
	}
	return t
}

// build adds the children of a node: sorted words that share depth bytes.
func (t *trie) build(node int, words []string, depth int, ids map[string]int32) {
	if len(words) > 0 && len(words[0]) == depth {
		t.nodes[node].id = ids[words[0]]
		words = words[1:]
	}
	children := len(t.nodes)
	var groups [][]string
	for len(words) > 0 {
		label := words[0][depth]
		end := 1
		for end < len(words) && words[end][depth] == label {
			end++
		}
		groups = append(groups, words[:end])
		t.nodes = append(t.nodes, trieNode{id: -1, label: label})
		words = words[end:]
	}
	t.nodes[node].children, t.nodes[node].count = int32(children), uint16(len(groups)) //nolint:gosec // At most 256 children, and as many nodes as the file has bytes.
	for i, group := range groups {
		t.build(children+i, group, depth+1, ids)
	}
}

// child returns the node that a byte leads to, or nil. A nil node is the root.
func (t *trie) child(node *trieNode, label byte) *trieNode {
	if node == nil {
		if at := t.first[label]; at != 0 {
			return &t.nodes[at]
		}
		return nil
	}
	children := t.nodes[node.children : node.children+int32(node.count)]
	low, high := 0, len(children)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if children[middle].label < label {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(children) && children[low].label == label {
		return &children[low]
	}
	return nil
}

// longest returns the length of the longest word that text begins with, or 0.
func (t *trie) longest(text []byte) (length int) {
	var node *trieNode
	for i, c := range text {
		if node = t.child(node, c); node == nil {
			break
		}
		if node.id >= 0 {
			length = i + 1
		}
	}
	return length
}
