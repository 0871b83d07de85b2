package deliver

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"plectica/internal/audit"
	"plectica/internal/id"
	"plectica/internal/store"
)

// schema is the version of OCSF, https://schema.ocsf.io, that records have the form of.
const schema = "1.6.0"

// The classes of OCSF that want something of their own.
const (
	baseEvent        = 0
	detectionFinding = 2004
	accountChange    = 3001
	authentication   = 3002
	entityManagement = 3004
	userAccess       = 3005
	groupManagement  = 3006
	httpActivity     = 4002
	webResources     = 6001
	appLifecycle     = 6002
	apiActivity      = 6003
)

// other is the activity that OCSF has for what it has no number of.
const other = 99

// Severities and states of OCSF.
const (
	informational, low, medium, high = 1, 2, 3, 4

	success, failure = 1, 2
)

// Sorts of users of OCSF.
const (
	unknownUser, regularUser, adminUser, systemUser = 0, 1, 2, 3
)

// product is who says it all.
const product = "Plectica"

// unknown stands where OCSF wants a name that a record does not have.
const unknown = "unknown"

type ocsf struct {
	Activity    int         `json:"activity_id"`
	Actor       *actor      `json:"actor,omitempty"`
	API         *operation  `json:"api,omitempty"`
	App         *named      `json:"app,omitempty"`
	Category    int         `json:"category_uid"`
	Class       int         `json:"class_uid"`
	Count       uint64      `json:"count,omitempty"`
	Enrichments []enriched  `json:"enrichments,omitempty"`
	Entity      *thing      `json:"entity,omitempty"`
	Finding     *finding    `json:"finding_info,omitempty"`
	Group       *thing      `json:"group,omitempty"`
	Request     *request    `json:"http_request,omitempty"`
	Response    *response   `json:"http_response,omitempty"`
	Message     string      `json:"message,omitempty"`
	Metadata    metadata    `json:"metadata"`
	Privileges  []string    `json:"privileges,omitempty"`
	Resources   []thing     `json:"resources,omitempty"`
	Service     *named      `json:"service,omitempty"`
	Session     *identified `json:"session,omitempty"`
	Severity    int         `json:"severity_id"`
	From        *endpoint   `json:"src_endpoint,omitempty"`
	Code        string      `json:"status_code,omitempty"`
	Status      int         `json:"status_id,omitempty"`
	Time        int64       `json:"time"`
	Type        int         `json:"type_uid"`
	Unmapped    *unmapped   `json:"unmapped,omitempty"`
	User        *user       `json:"user,omitempty"`
	Web         []thing     `json:"web_resources,omitempty"`
}

type (
	actor struct {
		Session *identified `json:"session,omitempty"`
		User    *user       `json:"user"`
	}
	user struct {
		Name string      `json:"name,omitempty"`
		Org  *identified `json:"org,omitempty"`
		Type string      `json:"type,omitempty"`
		Sort int         `json:"type_id"`
		UID  string      `json:"uid,omitempty"`
		Alt  string      `json:"uid_alt,omitempty"`
	}
	identified struct {
		UID string `json:"uid"`
	}
	operation struct {
		Operation string `json:"operation"`
	}
	named struct {
		Name   string `json:"name"`
		Vendor string `json:"vendor_name,omitempty"`
	}
	thing struct {
		Name string `json:"name,omitempty"`
		Type string `json:"type,omitempty"`
		UID  string `json:"uid,omitempty"`
	}
	enriched struct {
		Data  counted `json:"data"`
		Name  string  `json:"name"`
		Type  string  `json:"type"`
		Value string  `json:"value"`
	}
	counted struct {
		Count uint64 `json:"count"`
	}
	finding struct {
		Title string `json:"title"`
		UID   string `json:"uid"`
	}
	request struct {
		UID   string `json:"uid,omitempty"`
		Agent string `json:"user_agent,omitempty"`
	}
	response struct {
		Code uint64 `json:"code"`
	}
	endpoint struct {
		IP   string `json:"ip,omitempty"`
		Name string `json:"name,omitempty"`
		Svc  string `json:"svc_name,omitempty"`
		UID  string `json:"uid,omitempty"`
	}
	metadata struct {
		Code     string `json:"event_code"`
		Log      string `json:"log_name"`
		Product  named  `json:"product"`
		Sequence uint64 `json:"sequence"`
		UID      string `json:"uid"`
		Version  string `json:"version"`
	}
	unmapped struct {
		Operation string  `json:"operation,omitempty"`
		From      *uint64 `json:"from,omitempty"`
		To        *uint64 `json:"to,omitempty"`
		Count     uint64  `json:"count,omitempty"`
	}
)

// Encode returns a record in the form of OCSF: one JSON object in one line of characters that
// are printed as they are, whatever somebody had put into it.
func Encode(e *audit.Event, origin string) []byte {
	class, activity := audit.Class(e.Act)
	return encodeAs(e, origin, class, activity)
}

func encodeAs(e *audit.Event, origin string, class, activity int) []byte {
	if class == baseEvent { // an act of another version
		activity = other
	}
	by := whoOf(e)
	o := ocsf{
		Activity: activity, Category: class / 1000, Class: class, Type: class*100 + activity, Time: e.At,
		Actor: &actor{User: by}, From: fromOf(e), Code: e.Code, Status: failure, Severity: medium,
		Metadata: metadataOf(string(e.Act), idOf(origin, e.Seq), e.Seq),
	}
	switch e.Result {
	case audit.OK:
		o.Status, o.Severity = success, informational
	case audit.Refused:
		o.Severity = low
	}
	if e.Session != "" {
		o.Actor.Session = &identified{e.Session}
	}
	if e.Request != "" || e.From.Agent != "" || class == httpActivity {
		o.Request = &request{e.Request, e.From.Agent}
	}
	o.counts(e)
	o.particular(e)
	return o.line()
}

// counts says how many of what.
func (o *ocsf) counts(e *audit.Event) {
	for _, c := range e.Counts {
		switch c.Name {
		case "times":
			o.Count = c.N
		case "status":
			o.Response = &response{c.N}
		default:
			o.Enrichments = append(o.Enrichments, enriched{counted{c.N}, c.Name, "count", strconv.FormatUint(c.N, 10)})
		}
	}
}

// particular is what a class has that others do not.
func (o *ocsf) particular(e *audit.Event) {
	switch o.Class {
	case detectionFinding:
		o.Finding, o.Resources = &finding{string(e.Act), o.Metadata.UID}, []thing{thingOf(e)}
	case accountChange:
		o.User = aboutWhom(e, o.Actor.User)
	case authentication:
		o.User, o.Service, o.Session = aboutWhom(e, o.Actor.User), &named{Name: product}, o.Actor.Session
	case entityManagement:
		t := thingOf(e)
		o.Entity = &t
	case userAccess:
		// Which role is in no record; who was given it only sometimes.
		o.User, o.Privileges, o.Resources = aboutWhom(e, nobody()), []string{unknown}, []thing{thingOf(e)}
	case groupManagement:
		t := thingOf(e)
		o.Group, o.User = &t, aboutWhom(e, nobody())
	case webResources:
		o.Web = []thing{thingOf(e)}
	case appLifecycle:
		o.App = &named{product, product}
	case apiActivity:
		o.API, o.Resources = &operation{string(e.Act)}, []thing{thingOf(e)}
	}
	if o.Class != apiActivity {
		o.Unmapped = &unmapped{Operation: string(e.Act)}
	}
}

func metadataOf(code, uid string, seq uint64) metadata {
	return metadata{Code: code, Log: "audit", Product: named{product, product}, Sequence: seq, UID: uid, Version: schema}
}

// whoOf says who did it.
func whoOf(e *audit.Event) *user {
	u := &user{Type: string(e.By.Kind), UID: nameOf(e.By), Sort: other}
	if !id.IsZero(e.By.ID) {
		u.Alt = e.By.Alias
	}
	switch e.By.Kind {
	case audit.Person:
		u.Sort = regularUser
	case audit.Stranger:
		u.Sort = unknownUser
	case audit.Server:
		u.Sort = systemUser
	case audit.Command:
		u.Sort = adminUser
	}
	if e.Org != (store.OrgID{}) {
		u.Org = &identified{id.Format(e.Org)}
	}
	return u
}

func nobody() *user { return &user{Name: unknown, Sort: unknownUser} }

// aboutWhom is the account that something was done to: the one the record names, or else
// somebody.
func aboutWhom(e *audit.Event, otherwise *user) *user {
	switch e.On.Sort {
	case "account":
		return &user{Type: e.On.Sort, UID: e.On.ID, Sort: regularUser}
	case "email":
		return &user{Type: e.On.Sort, UID: e.On.ID, Sort: unknownUser}
	}
	return otherwise
}

// thingOf is what something was done to; a record that names nothing in particular is about
// what its act begins with.
func thingOf(e *audit.Event) thing {
	if e.On.Sort != "" {
		return thing{Type: e.On.Sort, UID: e.On.ID}
	}
	sort, _, _ := strings.Cut(string(e.Act), ".")
	return thing{Type: sort, Name: sort}
}

// fromOf says from where it came.
func fromOf(e *audit.Event) *endpoint {
	out := &endpoint{UID: e.From.Device}
	switch {
	case e.From.Addr.IsValid():
		out.IP = e.From.Addr.String()
	case e.By.Kind == audit.Server || e.By.Kind == audit.Command:
		out.Svc = product
	default: // forgotten
		out.Name = unknown
	}
	return out
}

// notices is something that is no record and is said among them.
type notices struct {
	act, id, text string
	from, to      uint64 // to is not of them; 0: there is no end
	at            int64
}

// encodeNotice is an event of no class: OCSF has none for what was not delivered.
func encodeNotice(n notices) []byte {
	o := ocsf{
		Class: baseEvent, Activity: other, Type: other, Time: n.at, Severity: high, Status: failure, Message: n.text,
		Metadata: metadataOf(n.act, n.id, n.from), Unmapped: &unmapped{Operation: n.act, From: &n.from},
	}
	if n.to > 0 {
		last := n.to - 1
		o.Unmapped.To, o.Unmapped.Count = &last, n.to-n.from
	}
	return o.line()
}

func (o *ocsf) line() []byte {
	b, _ := json.Marshal(o) // numbers and texts always can be written
	return plain(b)
}

// plain writes what is not printable ASCII as JSON's escapes, which it can only be within a
// text: nothing moves a terminal's cursor or turns the direction of writing.
func plain(b []byte) []byte {
	odd := func(r rune) bool { return r >= 0x7f }
	if bytes.IndexFunc(b, odd) < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+len(b)/4)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		b = b[n:]
		switch {
		case !odd(r):
			out = append(out, byte(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = appendEscape(appendEscape(out, high), low)
		default:
			out = appendEscape(out, r)
		}
	}
	return out
}

func appendEscape(b []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
