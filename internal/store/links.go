package store

import (
	"context"

	"plectica/internal/authz"
	"plectica/internal/id"
)

// Bounds of what is kept of links.
const (
	MaxLinks     = 1000 // from one map
	MaxLinkTitle = 200  // characters of a card's title
)

// Link is a card that leads to a map, or to a card in one.
type Link struct {
	Card   id.Object
	Title  string // of the card
	To     id.Map
	ToCard id.Object // zero: the map as a whole
}

// Backlink is a Link as the map that it leads to sees it.
type Backlink struct {
	Link
	From  id.Map
	Title string // of that map
	Role  authz.Role
}

// Links keeps which cards lead to which maps. It is derived: the logs have it all.
type Links interface {
	// SetLinks replaces what leads out of a map. It refuses an epoch that is not the
	// map's with fault.Lost, more than MaxLinks with fault.Limit, and writes nothing
	// when nothing differs.
	SetLinks(ctx context.Context, from id.Map, epoch uint64, links []Link) error
	// LinksTo returns at most limit links to a map, from maps that are not deleted and
	// in which the account takes part, with its role there, by title, map and card.
	LinksTo(ctx context.Context, to id.Map, a id.Account, limit int) ([]Backlink, error)
}
