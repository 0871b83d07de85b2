// Package mutant names bugs that can be planted in the product, to see that the
// simulator finds them. Only a build with the tag mutant can plant one; in any
// other On is a constant false, and nothing of this is in the program.
package mutant

// Bug is one planted mistake.
type Bug int

// The bugs. None is planted at first.
const (
	None Bug = iota
	AckBeforeAppend
	BroadcastBeforeAppend
	AckOnUnknown
	GoOnAfterSyncError
	SnapshotWithoutTail
	SnapshotHashUnchecked
	LogHashUnchecked
	HashOfStateBefore
	DropDedup
	DedupNotInSnapshot
	AcceptCSNGap
	RefusedCSNAppliedLate
	SeqGapAfterNack
	RepeatRefused
	WelcomeBeforeBatch
	AuthorLeftOut
	SplitPlaceRegister
	SkipCycleCheck
	CycleCheckIgnoresBatch
	DeleteLeavesOrphan
	LinkToDeadEnd
	PlaceUnderDeleted
	NoIDTiebreak
	RebalanceLosesInsert
	NeverPurged
	LimitUnchecked
	SpliceUntransformed
	TieFlippedOnClient
	InsertSwallowed
	WrongFieldTransform
	BeyondWindowApplied
	WindowOffByOne
	BatchNotMerged
	TwoSplicesInFlight
	PendingSpliceNotRebased
	WithdrawnNotCarried
	UndoOverwritesOther
	RedoFromStaleState
	TextUndoAtOldOffset
	RoleCheckedAtConnect
	RevocationAfterBatch
	OthersWordsEdited
	ForeignClientIDAccepted
	LateCloseKillsNew
	OldNonceAccepted
	HalfConnectedAfterBadDelta
	BusGapIgnored
	WindowNotAdvanced
	SentNotReset
	AnswerNeverAwaited
	ClockSetBack
	MapIterationOrder
	UnknownFieldDropped
	ForwardWithNewCSN
	NackedOpStaysInView
	SentBeforeStored
	TypedIntoSent
	CheckpointForgetsCSN
	CheckpointForgetsPending
	ExtensionNotReplayed
	bugs
)

var names = [bugs]string{
	"none",
	"ack-before-append",
	"broadcast-before-append",
	"ack-on-unknown",
	"go-on-after-sync-error",
	"snapshot-without-tail",
	"snapshot-hash-unchecked",
	"log-hash-unchecked",
	"hash-of-state-before",
	"drop-dedup",
	"dedup-not-in-snapshot",
	"accept-csn-gap",
	"refused-csn-applied-late",
	"seq-gap-after-nack",
	"repeat-refused",
	"welcome-before-batch",
	"author-left-out",
	"split-place-register",
	"skip-cycle-check",
	"cycle-check-ignores-batch",
	"delete-leaves-orphan",
	"link-to-dead-end",
	"place-under-deleted",
	"no-id-tiebreak",
	"rebalance-loses-insert",
	"never-purged",
	"limit-unchecked",
	"splice-untransformed",
	"tie-flipped-on-client",
	"insert-swallowed",
	"wrong-field-transform",
	"beyond-window-applied",
	"window-off-by-one",
	"batch-not-merged",
	"two-splices-in-flight",
	"pending-splice-not-rebased",
	"withdrawn-not-carried",
	"undo-overwrites-other",
	"redo-from-stale-state",
	"text-undo-at-old-offset",
	"role-checked-at-connect",
	"revocation-after-batch",
	"others-words-edited",
	"foreign-clientID-accepted",
	"late-close-kills-new",
	"old-nonce-accepted",
	"half-connected-after-bad-delta",
	"bus-gap-ignored",
	"window-not-advanced",
	"sent-not-reset",
	"answer-never-awaited",
	"clock-set-back",
	"map-iteration-order",
	"unknown-field-dropped",
	"forward-with-new-csn",
	"nacked-op-stays-in-view",
	"sent-before-stored",
	"typed-into-sent",
	"checkpoint-forgets-csn",
	"checkpoint-forgets-pending",
	"extension-not-replayed",
}

// String returns the bug's name.
func (b Bug) String() string { return names[b] }

// All returns every bug.
func All() []Bug {
	var out []Bug
	for b := None + 1; b < bugs; b++ {
		out = append(out, b)
	}
	return out
}
