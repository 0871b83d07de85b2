package sysmap

import "plectica/internal/id"

// MapLink is where a card's link leads when that is a map, or a card in one.
type MapLink struct {
	Map  id.Map
	Card id.Object // zero: the map as a whole
}

const mapScheme = "map:"

// ParseMapLink reads `map:<map id>` or `map:<map id>/<card id>`; ok is false for any
// other link.
func ParseMapLink(s string) (l MapLink, ok bool) {
	const mapEnd = len(mapScheme) + id.TextLen
	if len(s) < mapEnd || s[:len(mapScheme)] != mapScheme {
		return l, false
	}
	m, err := id.Parse[id.Map](s[len(mapScheme):mapEnd])
	if err != nil {
		return l, false
	}
	l.Map = m
	if len(s) == mapEnd {
		return l, true
	}
	k, err := id.Parse[id.Object](s[mapEnd+1:])
	if s[mapEnd] != '/' || err != nil || k == id.Root {
		return MapLink{}, false
	}
	l.Card = k
	return l, true
}
