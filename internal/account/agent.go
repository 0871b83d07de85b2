package account

import "strings"

// naming is how a browser or a system is known from what a browser calls itself. The
// first that fits counts: most claim to be others too.
type naming struct{ sign, name string }

func browsers() []naming {
	return []naming{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Chromium/", "Chromium"},
		{"Safari/", "Safari"},
	}
}

func systems() []naming {
	return []naming{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
		{"Macintosh", "Mac"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"}, {"BSD", "BSD"},
	}
}

func (n naming) fits(agent string) bool { return strings.Contains(agent, n.sign) }

func firstOf(all []naming, agent string) string {
	for _, n := range all {
		if n.fits(agent) {
			return n.name
		}
	}
	return ""
}

// families are of what kin a browser and its system are; empty: none that is known here.
func families(agent string) (browser, system string) {
	if len(agent) > maxAgent {
		agent = agent[:maxAgent]
	}
	return firstOf(browsers(), agent), firstOf(systems(), agent)
}

// DeviceName is what people know a browser by, as Firefox on Linux. It is made of
// known words alone, whatever the browser claims.
func DeviceName(agent string) string {
	browser, system := families(agent)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	case system != "":
		return system
	}
	return "Unknown device"
}
