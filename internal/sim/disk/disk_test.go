package disk

import (
	"testing"

	"plectica/internal/store"
	"plectica/internal/store/storetest"
)

// TestModelStoreKeepsTheContract: SQ-7, and all else a store promises.
func TestModelStoreKeepsTheContract(t *testing.T) {
	storetest.Log(t, func(*testing.T) store.Log { return New() })
}
