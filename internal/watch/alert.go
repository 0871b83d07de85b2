package watch

import (
	"math"
	"slices"

	"plectica/internal/audit"
	"plectica/internal/sketch"
	"plectica/internal/store"
)

// Kind is what sort of anomaly an alert is about. docs/security/detections has a page for
// each, by this name.
type Kind string

// The kinds.
const (
	Stuffing       Kind = "stuffing"        // many accounts tried from one network
	Spraying       Kind = "spraying"        // few tries each on many accounts from many networks
	ManyPlaces     Kind = "many-places"     // one account from many networks
	NewPlace       Kind = "new-place"       // a sign-in from where the account never was, or cannot be so soon
	NewDevice      Kind = "new-device"      // a sign-in with a device that the account never had
	SharedSession  Kind = "shared-session"  // one sign-in or token used from two devices or networks
	FactorRemoved  Kind = "factor-removed"  // an account less guarded than before, and used
	MassExport     Kind = "mass-export"     // more maps taken out or read than usual
	MassDeletion   Kind = "mass-deletion"   // more maps, or things in maps, deleted than usual
	MassSharing    Kind = "mass-sharing"    // more links, invitations and rights given than usual
	PrivilegeRise  Kind = "privilege-rise"  // somebody given power over an organisation or the site
	DormantAwake   Kind = "dormant-awake"   // an account used after a long silence
	UnusualHours   Kind = "unusual-hours"   // an account used at an hour when it never is
	SettingsWeaken Kind = "settings-weaken" // what a sign-in needs was changed
	AuditGap       Kind = "audit-gap"       // records missing, none for too long, or no checkpoint
	OpsRate        Kind = "ops-rate"        // changes faster than a human makes them
)

// Answer is something that may be done about an alert.
type Answer string

// The answers.
const (
	EndSessions Answer = "end-sessions" // end all sign-ins of the account
	StepUp      Answer = "step-up"      // ask for who they are once more
	Lock        Answer = "lock"         // lock the account
	RevokeLink  Answer = "revoke-link"  // end links and tokens
	UndoChange  Answer = "undo-change"  // put back what was changed or deleted
	SlowDown    Answer = "slow-down"    // answer the network slower
)

// Severity says how soon somebody should look.
type Severity string

// The severities, by score.
const (
	Notice   Severity = "notice"
	Warning  Severity = "warning"  // from warningScore
	Critical Severity = "critical" // from criticalScore
)

const (
	warningScore  = 2
	criticalScore = 3
)

// Figure is a number that an alert was raised for, and what it usually is.
type Figure struct {
	Name         string // fixed; docs/security/detections has what each means
	Value, Usual float64
}

// Alert is an anomaly.
type Alert struct {
	ID       uint64 // an alert that is told again, since it became worse, keeps its own
	Kind     Kind
	Subject  uint64  // what alerts of the kind are joined by; it names nobody
	At       int64   // of the record it was found with; milliseconds since 1970
	Since    int64   // of the first of those joined in it
	Times    int     // how often it was found in that time
	Score    float64 // of all kinds alike: how rare this is; 1 is what is told by default
	Severity Severity
	Who      audit.Who    // zero: not one account
	On       audit.Object // what the latest record was about
	Org      store.OrgID
	From     audit.From
	Figures  []Figure
	Evidence []uint64 // numbers of records, at most maxEvidence
	Answers  []Answer
}

// maxEvidence bounds the records that an alert names.
const maxEvidence = 8

// rule is how alerts of a kind are told.
type rule struct {
	kind    Kind
	unit    float64 // of what the detector measures: so much of it is a score of 1
	answers []Answer
	site    bool // about the whole site: joined for siteCoolDown only
}

// rules has all kinds. The units make scores alike: they were chosen, on the seeds for tuning
// alone, so that each kind raises about as many false alerts of score 1 and above.
var rules = []rule{
	{kind: Stuffing, unit: 1, answers: []Answer{SlowDown}},
	{kind: Spraying, unit: 1, answers: []Answer{SlowDown}, site: true},
	{kind: ManyPlaces, unit: 0.5, answers: []Answer{EndSessions, StepUp}},
	{kind: NewPlace, unit: 4, answers: []Answer{StepUp, EndSessions}},
	{kind: NewDevice, unit: 4.6, answers: []Answer{StepUp, EndSessions}},
	{kind: SharedSession, unit: 1.5, answers: []Answer{EndSessions, RevokeLink}},
	{kind: FactorRemoved, unit: 1, answers: []Answer{StepUp, EndSessions}},
	{kind: MassExport, unit: 0.75, answers: []Answer{SlowDown, EndSessions, Lock}},
	{kind: MassDeletion, unit: 1, answers: []Answer{Lock, UndoChange, EndSessions}},
	{kind: MassSharing, unit: 1, answers: []Answer{RevokeLink, UndoChange, EndSessions}},
	{kind: PrivilegeRise, unit: 3, answers: []Answer{UndoChange, StepUp}},
	{kind: DormantAwake, unit: 3, answers: []Answer{StepUp, Lock}},
	{kind: UnusualHours, unit: 3.8, answers: []Answer{StepUp}},
	{kind: SettingsWeaken, unit: 3, answers: []Answer{UndoChange, StepUp}},
	{kind: AuditGap, unit: 1, site: true},
	{kind: OpsRate, unit: 0.5, answers: []Answer{SlowDown, UndoChange}},
}

// Kinds are all kinds.
func Kinds() []Kind {
	out := make([]Kind, len(rules))
	for i, r := range rules {
		out[i] = r.kind
	}
	return out
}

// IsKind reports whether there is such a kind.
func IsKind(name string) bool { return slices.Contains(Kinds(), Kind(name)) }

// Names of figures.
const (
	figAccounts   = "accounts"        // different accounts tried in vain today
	figTries      = "tries"           // tries in vain that name no account
	figNetworks   = "networks"        // different networks today
	figDevices    = "devices"         // different devices today
	figSurprise   = "surprise"        // bits: how little the network fits the account
	figSpeed      = "km-per-hour"     // between two places
	figExported   = "maps-exported"   // different maps taken out today
	figRead       = "maps-read"       // different maps opened or read today
	figDeleted    = "maps-deleted"    // maps and folders deleted today
	figThings     = "things-deleted"  // cards, relationships and such deleted in maps today
	figShared     = "shared"          // links, invitations and rights given today
	figEarlier    = "earlier"         // of the same, more than usual, on the days before
	figHeat       = "heat"            // how unlike itself the account was lately
	figActs       = "acts"            // sensitive acts since
	figDays       = "days"            // days of silence, or on which it was known before
	figHour       = "hour"            // of the day in UTC; usual: on how many days it was used then
	figRecords    = "records"         // records missing
	figMinutes    = "minutes"         // without a record, or a checkpoint
	figPerMinute  = "changes-minute"  // changes in one minute
	figRepeatedly = "minutes-running" // minutes in a row
	figBefore     = "before"          // days on which the account did such a thing
	figChanged    = "changed"         // how often the sign-in changed its network or program
)

// found is what a detector found, before it is decided whether to tell.
type found struct {
	kind     Kind
	subject  uint64 // alerts of one kind about one subject are joined
	raw      float64
	who      audit.Who
	figures  []Figure
	evidence []uint64
}

// told is what was said lately about a subject.
type told struct {
	id, times uint64
	since     int64
	score     float32
}

// toldKey is a kind and a subject.
type toldKey struct {
	kind    uint8
	subject uint64
}

const (
	// coolDown is how long alerts of one kind about one subject are one, in milliseconds.
	coolDown = day
	// siteCoolDown is how long those are joined that are about nobody in particular.
	siteCoolDown = 2 * hour
	// worse is how much higher a score has to be to be told once more.
	worse = 1.25
	// leastScore is below what nothing is told, whatever the sensitivity.
	leastScore = 0.2
)

// raise tells what was found, unless it is switched off, too little, or was told already.
func (w *Watch) raise(e *audit.Event, f found) {
	i := slices.IndexFunc(rules, func(r rule) bool { return r.kind == f.kind })
	score := f.raw / rules[i].unit
	s := w.settings(e.Org)
	if !(score >= s.Least()) || slices.Contains(s.Off, f.kind) {
		return
	}
	// Nobody hears less of what concerns them because something alike was told elsewhere.
	f.subject ^= sketch.Hash(string(e.Org[:]))
	was, _ := w.told.get(toldKey{uint8(i), f.subject})
	joins := int64(coolDown)
	if rules[i].site {
		joins = siteCoolDown
	}
	if age := w.now - was.since; was.id == 0 || age >= joins || age < 0 {
		w.alerts++
		*was = told{id: w.alerts, since: w.now}
	}
	was.times++
	if score < float64(was.score)*worse {
		return
	}
	was.score = float32(min(score, math.MaxFloat32))
	if len(f.evidence) == 0 && e.Act != "" {
		f.evidence = []uint64{e.Seq}
	}
	w.out = append(w.out, Alert{
		ID: was.id, Kind: f.kind, Subject: f.subject, At: w.now, Since: was.since, Times: int(min(was.times, math.MaxInt32)), Score: score, Severity: severity(score),
		Who: f.who, On: e.On, Org: e.Org, From: e.From, Figures: f.figures,
		Evidence: f.evidence[max(0, len(f.evidence)-maxEvidence):], Answers: slices.Clone(rules[i].answers),
	})
}

func severity(score float64) Severity {
	switch {
	case score >= criticalScore:
		return Critical
	case score >= warningScore:
		return Warning
	}
	return Notice
}

// doublings is how many times over a value is twice the other.
func doublings(value, high float64) float64 { return math.Log2((value + 1) / (high + 1)) }

// trail keeps the numbers of the latest records of something.
type trail struct {
	seqs [trailed]uint64
	n    uint32
}

// trailed is how many.
const trailed = 3

func (t *trail) add(seq uint64) {
	t.seqs[t.n%trailed] = seq
	t.n++
}

// list has them in the order they came.
func (t *trail) list() []uint64 {
	var out []uint64
	for i := t.n - min(t.n, trailed); i != t.n; i++ {
		out = append(out, t.seqs[i%trailed])
	}
	return out
}
