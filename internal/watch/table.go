package watch

// table keeps the values of the keys that were used latest, and no more than max.
type table[K comparable, V any] struct {
	max   int
	nodes map[K]*node[K, V]
	ring  node[K, V] // before it is the oldest, after it the newest
}

type node[K comparable, V any] struct {
	prev, next *node[K, V]
	key        K
	v          V
}

func newTable[K comparable, V any](most int) *table[K, V] {
	t := &table[K, V]{max: most, nodes: map[K]*node[K, V]{}}
	t.ring.prev, t.ring.next = &t.ring, &t.ring
	return t
}

func (t *table[K, V]) unlink(n *node[K, V]) { n.prev.next, n.next.prev = n.next, n.prev }

func (t *table[K, V]) link(n *node[K, V]) {
	n.prev, n.next = &t.ring, t.ring.next
	n.prev.next, n.next.prev = n, n
}

// get returns the value of a key, a zero one if there is none yet, and whether that is so.
// The pointer holds until the next get.
func (t *table[K, V]) get(k K) (v *V, fresh bool) {
	n := t.nodes[k]
	if n != nil {
		if t.ring.next != n {
			t.unlink(n)
			t.link(n)
		}
		return &n.v, false
	}
	if t.full() {
		oldest := t.ring.prev
		t.unlink(oldest)
		delete(t.nodes, oldest.key)
	}
	n = &node[K, V]{key: k}
	t.nodes[k] = n
	t.link(n)
	return &n.v, true
}

// drop forgets a key.
func (t *table[K, V]) drop(k K) {
	if n := t.nodes[k]; n != nil {
		t.unlink(n)
		delete(t.nodes, k)
	}
}

// full reports whether keys may have been forgotten.
func (t *table[K, V]) full() bool { return len(t.nodes) >= t.max }

// walk writes the table down, the oldest first, or reads it back.
func (t *table[K, V]) walk(c *coder, key func(*coder, *K), value func(*coder, *V)) {
	n := c.count(len(t.nodes), t.max)
	if c.writes() {
		for at := t.ring.prev; at != &t.ring; at = at.prev {
			key(c, &at.key)
			value(c, &at.v)
		}
		return
	}
	for range n {
		var k K
		key(c, &k)
		v, fresh := t.get(k)
		if !fresh {
			c.r.Fail()
		}
		value(c, v)
		if !c.r.OK() {
			return
		}
	}
}
