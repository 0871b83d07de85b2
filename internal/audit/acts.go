package audit

import (
	"slices"
	"strings"
)

// What is done by other ways than asking for an address.
const (
	MapOpen     Act = "map.open"     // a socket was let in
	MapClose    Act = "map.close"    // and went; with counts of what it did meanwhile
	MapPush     Act = "map.push"     // changes of a map, by the commit
	MapDeny     Act = "map.deny"     // changes that were refused
	MapPresence Act = "map.presence" // where somebody looks; counted, told with MapClose
	MapPing     Act = "map.ping"     // as above

	ServerStart  Act = "server.start"
	ServerStop   Act = "server.stop"
	ConfigChange Act = "config.change" // the server began with another configuration than before
	BackupMade   Act = "backup.made"
	DrillDone    Act = "drill.done"
	AuditTrim    Act = "audit.trim"    // records went, as old as the policy says
	AuditSign    Act = "audit.sign"    // a checkpoint was made that is kept for ever
	AuditForget  Act = "audit.forget"  // a key was destroyed
	AuditDamaged Act = "audit.damaged" // in the place of a record that cannot be read; never written
	AlertRaised  Act = "alert.raised"  // the watch noticed something
	AlertAnswer  Act = "alert.answer"  // something was done about that
	AuditGap     Act = "audit.gap"     // what could not be recorded, and how many

	HealthRead  Act = "ops.health"
	ReadyRead   Act = "ops.ready"
	MetricsRead Act = "ops.metrics"
	Redirect    Act = "http.redirect" // from http:// to https://
)

// others are the meanings of acts that are no addresses.
func others() []meaning {
	return append([]meaning{
		{MapOpen, webResources, 2, ""},
		{MapClose, webResources, 99, ""},
		{MapPush, webResources, 3, ""},
		{MapDeny, webResources, 3, ""},
		{MapPresence, webResources, 99, ""},
		{MapPing, webResources, 99, ""},
		{ServerStart, lifecycle, 3, ""},
		{ServerStop, lifecycle, 4, ""},
		{ConfigChange, lifecycle, 8, ""},
		{BackupMade, apiActivity, 1, ""},
		{DrillDone, apiActivity, 99, ""},
		{AuditTrim, apiActivity, 4, ""},
		{AuditSign, apiActivity, 1, ""},
		{AuditForget, apiActivity, 4, ""},
		{AuditDamaged, apiActivity, 99, ""},
		{AuditGap, apiActivity, 99, ""},
		{AlertRaised, findings, 1, ""},
		{HealthRead, httpActivity, 3, ""},
		{ReadyRead, httpActivity, 3, ""},
		{MetricsRead, httpActivity, 3, ""},
		{Redirect, httpActivity, 3, ""},
	}, commands()...)
}

// SocketOps says how what a client may send at a socket is recorded, by the frame's name.
// The frames that are counted are told when the socket goes.
func SocketOps() map[string]Act {
	return map[string]Act{"Hello": MapOpen, "Push": MapPush, "Presence": MapPresence, "Ping": MapPing}
}

// Commands says how each command of the program is recorded, by its name. Those that touch
// no installation are recorded by nothing, since there is nothing to record them in.
func Commands() map[string]Act {
	return map[string]Act{
		"serve":          ServerStart,
		"trust":          "command.trust",
		"account reset":  "command.account.reset",
		"verify":         "command.verify",
		"backup create":  "command.backup.create",
		"backup list":    "command.backup.list",
		"backup verify":  "command.backup.verify",
		"backup restore": "command.backup.restore",
		"backup adopt":   "command.backup.adopt",
		"backup drill":   "command.backup.drill",
		"backup prune":   "command.backup.prune",
		"audit verify":   "command.audit.verify",
		"audit export":   "command.audit.export",
		"audit key":      "command.audit.key",

		"audit checkpoint": "command.audit.checkpoint",
	}
}

// ApartCommands are the commands that touch no installation, and so leave no record in one.
func ApartCommands() []string {
	return []string{"config print", "config check", "doctor tls", "backup keygen", "witness", "sim", "torture", "load", "version"}
}

func commands() []meaning {
	var out []meaning
	for _, act := range Commands() {
		if act != ServerStart {
			out = append(out, meaning{act, apiActivity, 99, ""})
		}
	}
	return out
}

// Unaudited are the patterns of addresses, the frames and the commands that leave no record.
// There are none.
func Unaudited() []string { return nil }

// acts are the meanings of all acts.
var acts = func() map[Act]meaning {
	out := map[Act]meaning{}
	for _, r := range routes {
		out[r.act] = r.meaning
	}
	for _, m := range others() {
		out[m.act] = m
	}
	return out
}()

// byPattern are the meanings of addresses.
var byPattern = func() map[string]meaning {
	out := map[string]meaning{}
	for _, r := range routes {
		out[r.pattern] = r.meaning
	}
	return out
}()

// Route returns how an address is recorded, and the sort of thing that {id} names in it. A
// pattern that is not in the table is no act at all.
func Route(pattern string) (act Act, on string) {
	m := byPattern[pattern]
	return m.act, m.on
}

// Patterns are the patterns of all addresses of the table.
func Patterns() []string {
	var out []string
	for _, r := range routes {
		out = append(out, r.pattern)
	}
	slices.Sort(out)
	return out
}

// Names reports whether a text names an act, or ends with a point and begins the names of
// some.
func Names(text string) bool {
	return slices.ContainsFunc(Acts(), func(a Act) bool {
		return text == string(a) || strings.HasSuffix(text, ".") && strings.HasPrefix(string(a), text)
	})
}

// Acts are the names of all acts.
func Acts() []Act {
	var out []Act
	for act := range acts {
		out = append(out, act)
	}
	slices.Sort(out)
	return out
}

// Class returns what OCSF calls an act: its class, and the activity in it.
func Class(act Act) (class, activity int) {
	m := acts[act]
	return m.class, m.do
}
