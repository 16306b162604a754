// Package onnx builds ONNX models whose weights stream into a file of their
// own as they are added, so that memory holds one tensor at a time and no
// model meets protobuf's limit of 2 GB.
// Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
package onnx

import (
	"fmt"
	"io"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// DataType is a TensorProto.DataType.
type DataType int32

// The data types that models here use.
const (
	Float   DataType = 1
	Uint8   DataType = 2
	Int8    DataType = 3
	Int64   DataType = 7
	Float16 DataType = 10
)

// Versions of what is written.
const (
	irVersion     = 9
	opsetVersion  = 20
	contribDomain = "com.microsoft"
)

// alignment of each tensor in the weights file: a page, so that runtimes can
// map it into memory instead of reading it.
const alignment = 4096

// Graph is a model under construction. Methods that add to it return the name
// of the value that they add; the first error stops it and is returned by Write.
type Graph struct {
	name     string
	location string // file name of the weights, relative to the model
	weights  io.Writer
	offset   int64

	nodes, initializers, inputs, outputs [][]byte
	count                                int
	contrib                              bool
	err                                  error
}

// NewGraph starts a graph whose weights go to the writer, which is the file
// called location beside the model.
func NewGraph(name, location string, weights io.Writer) *Graph {
	return &Graph{name: name, location: location, weights: weights}
}

// Input declares an input. A dimension that is a string is symbolic.
func (g *Graph) Input(name string, t DataType, dims ...any) string {
	g.inputs = append(g.inputs, valueInfo(name, t, dims))
	return name
}

// Output declares that value, a node's output called name, is an output.
func (g *Graph) Output(name string, t DataType, dims ...any) {
	g.outputs = append(g.outputs, valueInfo(name, t, dims))
}

// Node adds a node of the standard operators with one output.
func (g *Graph) Node(op string, inputs []string, attributes ...Attribute) string {
	return g.node("", op, inputs, 1, attributes)[0]
}

// Named adds a node of the standard operators whose output has the given name.
func (g *Graph) Named(output, op string, inputs []string, attributes ...Attribute) {
	g.add("", op, inputs, []string{output}, attributes)
}

// Contrib adds a node of ONNX Runtime's own operators with n outputs.
func (g *Graph) Contrib(op string, inputs []string, n int, attributes ...Attribute) []string {
	g.contrib = true
	return g.node(contribDomain, op, inputs, n, attributes)
}

// Nodes adds a node of the standard operators with n outputs.
func (g *Graph) Nodes(op string, inputs []string, n int, attributes ...Attribute) []string {
	return g.node("", op, inputs, n, attributes)
}

func (g *Graph) node(domain, op string, inputs []string, n int, attributes []Attribute) []string {
	g.count++
	outputs := make([]string, n)
	for i := range outputs {
		outputs[i] = fmt.Sprintf("%s_%d_%d", op, g.count, i)
	}
	g.add(domain, op, inputs, outputs, attributes)
	return outputs
}

func (g *Graph) add(domain, op string, inputs, outputs []string, attributes []Attribute) {
	var b []byte
	for _, in := range inputs {
		b = appendString(b, 1, in)
	}
	for _, out := range outputs {
		b = appendString(b, 2, out)
	}
	b = appendString(b, 3, op+"_"+outputs[0])
	b = appendString(b, 4, op)
	for _, a := range attributes {
		b = appendBytes(b, 5, a)
	}
	if domain != "" {
		b = appendString(b, 7, domain)
	}
	g.nodes = append(g.nodes, b)
}

// Constant adds a small tensor inside the model.
func (g *Graph) Constant(name string, t DataType, shape []int, data []byte) string {
	g.initializers = append(g.initializers, appendBytes(tensor(name, t, shape), 9, data))
	return name
}

// Weight adds a tensor to the weights file: data in row-major, little-endian order.
func (g *Graph) Weight(name string, t DataType, shape []int, data []byte) string {
	if g.err != nil {
		return name
	}
	padding := (alignment - g.offset%alignment) % alignment
	if _, err := g.weights.Write(make([]byte, padding)); err != nil {
		g.err = err
		return name
	}
	g.offset += padding
	if _, err := g.weights.Write(data); err != nil {
		g.err = err
		return name
	}
	b := tensor(name, t, shape)
	for _, e := range [][2]string{
		{"location", g.location},
		{"offset", strconv.FormatInt(g.offset, 10)},
		{"length", strconv.Itoa(len(data))},
	} {
		b = appendBytes(b, 13, appendString(appendString(nil, 1, e[0]), 2, e[1]))
	}
	b = appendInt(b, 14, 1) // data_location EXTERNAL
	g.offset += int64(len(data))
	g.initializers = append(g.initializers, b)
	return name
}

// Write writes the model, without its weights, or returns the first error that
// writing those has met.
func (g *Graph) Write(w io.Writer, producer, version string) error {
	if g.err != nil {
		return fmt.Errorf("writing weights of %s: %w", g.name, g.err)
	}
	var graph []byte
	for _, part := range []struct {
		field    protowire.Number
		messages [][]byte
	}{{1, g.nodes}, {5, g.initializers}, {11, g.inputs}, {12, g.outputs}} {
		for _, m := range part.messages {
			graph = appendBytes(graph, part.field, m)
		}
	}
	graph = appendString(graph, 2, g.name)

	model := appendInt(nil, 1, irVersion)
	model = appendString(model, 2, producer)
	model = appendString(model, 3, version)
	model = appendBytes(model, 7, graph)
	model = appendBytes(model, 8, appendInt(appendString(nil, 1, ""), 2, opsetVersion))
	if g.contrib {
		model = appendBytes(model, 8, appendInt(appendString(nil, 1, contribDomain), 2, 1))
	}
	if _, err := w.Write(model); err != nil {
		return fmt.Errorf("writing model %s: %w", g.name, err)
	}
	return nil
}
