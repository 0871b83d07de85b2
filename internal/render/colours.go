package render

// colours of one card.
type colours struct {
	fill  string
	whole string // of a card with parts: calmer, so that the parts stand out
	edge  string
	line  string
}

// The light colours of ui/src/tokens.css, which a test compares with these.
const (
	canvas = "#f4f6f7"
	paper  = "#ffffff"
	ink    = "#182125"
	soft   = "#4c5a61"
	faint  = "#68767d"
	shade  = "#20303a"
	sight  = "#a85c00"
)

// cards are the colours by token.
var cards = [...]colours{ //nolint:gochecknoglobals // a table
	{"#ffffff", "#fafbfb", "#cfd6d9", "#606f74"},
	{"#eaf1f6", "#eff4f7", "#b2c0ca", "#5b6f7d"},
	{"#f6efe1", "#f5f3ec", "#cabc9f", "#7d693e"},
	{"#fdefd2", "#f9f3e5", "#d7ba7d", "#8e6400"},
	{"#ffebd6", "#faf1e7", "#e7b186", "#a05600"},
	{"#ffe8dc", "#faefea", "#eeac94", "#a84d2b"},
	{"#ffe6e4", "#faeeee", "#f0a8a5", "#aa4849"},
	{"#ffe6ef", "#faeef3", "#eca7bb", "#a54769"},
	{"#ffe7fb", "#faeff9", "#e1a9d4", "#984b89"},
	{"#f8eaff", "#f6f0fb", "#cdafe8", "#8154a5"},
	{"#ecedff", "#f0f2fb", "#b6b7f3", "#645fb3"},
	{"#dff2ff", "#eaf4fb", "#99c1f4", "#316cb5"},
	{"#d5f7ff", "#e5f7fb", "#7fcae7", "#0079a4"},
	{"#d2f9f8", "#e3f8f8", "#77cfcf", "#008183"},
	{"#dcf9e5", "#e8f8ee", "#91cea6", "#048149"},
	{"#eaf5d8", "#eff6e8", "#b1c88b", "#5b7809"},
}

// card returns the colours of a token, those of a plain card for one that is not known.
func card(token int32) *colours {
	if token < 0 || int(token) >= len(cards) {
		token = 0
	}
	return &cards[token]
}
