package model

import ort "github.com/yalue/onnxruntime_go"

// input is the memory of a tower's input, whatever its graph takes items as.
type input[T any] interface {
	// load writes an item to its place.
	load(place int, item []T)
	// tensor is the beginning of the memory, in that shape.
	tensor(ort.Shape) (ort.Value, error)
}

// memory is an input of numbers of type E that write makes of items.
type memory[T any, E int64 | uint8 | float32] struct {
	data     []E
	elements int // in one item
	write    func(to []E, item []T)
}

func (m memory[T, E]) load(place int, item []T) {
	m.write(m.data[place*m.elements:][:m.elements], item)
}

func (m memory[T, E]) tensor(shape ort.Shape) (ort.Value, error) { return ort.NewTensor(shape, m.data) }

// copied is an input for so many items that takes them as they are.
func copied[T int64 | uint8](p *pins, elements, items int) input[T] {
	return memory[T, T]{memoryFor[T](p, items*elements), elements, func(to, item []T) { copy(to, item) }}
}
