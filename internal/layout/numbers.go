package layout

import "plectica/internal/id"

// Numbers gives objects small numbers. Zero is the map itself. A number stays
// with its object for good, so that callers may keep it while the map changes.
type Numbers struct {
	of  map[id.Object]int32
	ids []id.Object
}

// NewNumbers returns numbers for nothing but the map.
func NewNumbers() *Numbers {
	return &Numbers{of: map[id.Object]int32{id.Root: 0}, ids: []id.Object{id.Root}}
}

// Of returns an object's number, a new one at the first asking.
func (n *Numbers) Of(k id.Object) int32 {
	if v, ok := n.of[k]; ok {
		return v
	}
	v := int32(len(n.ids))
	n.of[k] = v
	n.ids = append(n.ids, k)
	return v
}

// Find returns an object's number if it has one, else 0.
func (n *Numbers) Find(k id.Object) int32 { return n.of[k] }

// ID returns the object of a number.
func (n *Numbers) ID(num int32) (id.Object, bool) {
	if num < 0 || int(num) >= len(n.ids) {
		return id.Root, false
	}
	return n.ids[num], true
}

// Len returns the first number that is not given yet.
func (n *Numbers) Len() int { return len(n.ids) }
