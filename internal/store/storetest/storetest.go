package storetest

import (
	"testing"

	"plectica/internal/store"
)

// Everything is a store that all suites can be run on.
type Everything interface {
	MovedStore
	AccountStore
	LinkStore
	FileStore
	AuditStore
	store.Alerts
}

// All runs every suite but Moving and Raising. open returns an empty store.
func All(t *testing.T, open func(t *testing.T) Everything) {
	t.Run("log", func(t *testing.T) { Log(t, func(t *testing.T) store.Log { return open(t) }) })
	t.Run("people", func(t *testing.T) { People(t, func(t *testing.T) store.People { return open(t) }) })
	t.Run("factors", func(t *testing.T) { Factors(t, func(t *testing.T) store.People { return open(t) }) })
	t.Run("accounts", func(t *testing.T) { Accounts(t, func(t *testing.T) AccountStore { return open(t) }) })
	t.Run("maps", func(t *testing.T) { Maps(t, func(t *testing.T) MapStore { return open(t) }) })
	t.Run("links", func(t *testing.T) { Links(t, func(t *testing.T) LinkStore { return open(t) }) })
	t.Run("files", func(t *testing.T) { Files(t, func(t *testing.T) FileStore { return open(t) }) })
	t.Run("outbox", func(t *testing.T) { Outbox(t, func(t *testing.T) store.Outbox { return open(t) }) })
	t.Run("past", func(t *testing.T) { Past(t, func(t *testing.T) PastStore { return open(t) }) })
	t.Run("audit", func(t *testing.T) { Audit(t, func(t *testing.T) AuditStore { return open(t) }) })
	t.Run("alerts", func(t *testing.T) { Alerts(t, func(t *testing.T) store.Alerts { return open(t) }) })
	t.Run("orgs", func(t *testing.T) { Orgs(t, func(t *testing.T) PlaceStore { return open(t) }) })
}
